/** The divide between what was before and what came after: dragged, or moved by the arrow keys. */

import { el } from './dom.js';

const STEP = 0.02;
const LARGE = 0.1;
const EDGE = 0.03;

/** Stands over the map as a line with a grip. */
export class Divide {
  /**
   * @param {L.Map} map
   * @param {function(number): void} moved called with where it stands, as a share of the map's width
   */
  constructor(map, moved) {
    Object.assign(this, { map, moved, at: 0.5, on: false });
    this.left = el('p', { class: 'gl-side', dir: 'auto' });
    this.right = el('p', { class: 'gl-side', dir: 'auto' });
    this.grip = el('div', {
      id: 'gl-divide', role: 'slider', tabindex: '0', 'aria-label': 'Divide between before and after', 'aria-valuemin': '0', 'aria-valuemax': '100',
    }, this.left, el('i'), this.right);
    this.grip.hidden = true;
    map.getContainer().parentNode.append(this.grip);
    this._listen();
  }

  /**
   * Show the divide, or take it away.
   * @param {boolean} on
   * @param {{title: string, when: string}[]} names before and after
   */
  turn(on, names) {
    this.on = on;
    this.grip.hidden = !on;
    if (!on) return;
    [this.left, this.right].forEach((side, i) => {
      side.replaceChildren(el('b', { text: i ? 'After' : 'Before' }), el('span', { text: names[i].when }));
      side.title = names[i].title;
    });
    this.set(this.at);
  }

  /** Move it to a share of the map's width. */
  set(at) {
    this.at = Math.max(EDGE, Math.min(1 - EDGE, at));
    this.grip.style.left = `${100 * this.at}%`;
    this.grip.setAttribute('aria-valuenow', String(Math.round(100 * this.at)));
    this.grip.setAttribute('aria-valuetext', `${Math.round(100 * this.at)} % of the map shows before`);
    this.moved(this.at);
  }

  _listen() {
    const { grip } = this;
    let held = false;
    const hold = (on) => { held = on; grip.parentNode.toggleAttribute('data-divides', on); };
    const follow = ({ clientX }) => {
      const { left, width } = this.map.getContainer().getBoundingClientRect();
      this.set((clientX - left) / width);
    };
    grip.addEventListener('pointerdown', (event) => {
      if (event.button) return;
      hold(true);
      grip.setPointerCapture(event.pointerId);
      event.preventDefault();
      grip.focus({ preventScroll: true });
    });
    grip.addEventListener('pointermove', (event) => held && follow(event));
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) grip.addEventListener(end, () => hold(false));
    grip.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP, PageDown: -LARGE, PageUp: LARGE, Home: -1, End: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.set(this.at + by);
    });
  }
}
