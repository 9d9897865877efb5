/** The time strip: how many when, a brush for a span of one's own, and playing it through. */

import { el, icon } from './dom.js';
import { short } from './format.js';
import { draw } from './histogram.js';
import { newest } from './load.js';
import { changed, moment } from './view.js';

const PLAY = 'M-4-6.5L6 0L-4 6.5Z';
const STOP = 'M-5-5H5V5H-5Z';

/** The time strip below the map. */
export class Timeline {
  /** @param {Object} session */
  constructor(session) {
    Object.assign(this, { session, base: null, span: null, brush: null, drag: null, head: null, picture: null });
    this.whole = newest('data/summary');
    const label = 'Incidents over time; drag for a span of your own, or use Custom';
    this.canvas = el('canvas', { id: 'gl-histogram', role: 'img', 'aria-label': label });
    this.button = el('button', { type: 'button', id: 'gl-play' });
    this.says = el('output', { id: 'gl-played' });
    this.undo = el('button', { type: 'button', id: 'gl-unbrush', class: 'gl-quiet', text: 'Whole span', hidden: true });
    const plot = el('div', { class: 'gl-plot' }, this.canvas);
    const said = el('div', { class: 'gl-said' }, this.says, this.undo);
    this.box = el('div', { id: 'gl-time', 'aria-label': 'Time' }, this.button, plot, said);
    this.player = null;
    this.button.addEventListener('click', async () => {
      const { player } = await import('./player.js');
      this.player ??= player(session, this, { paint: () => this.repaint(), says: this.says });
      if (!this.player.stop()) this.player.start();
    });
    this.undo.addEventListener('click', () => this.clear());
    session.on('play', () => this._face());
    pointer(this.canvas, this);
    new ResizeObserver(() => this.repaint()).observe(plot);
    this._face();
  }

  /** Draw again from what is held. */
  repaint() {
    draw(this.canvas, this);
  }

  /** Stop playing. @returns {boolean} whether it was */
  stop() {
    return Boolean(this.player?.stop());
  }

  /**
   * Take in a view's counts. While a brush holds, the bars stay those of the span it was drawn on.
   * @param {Object} sum `/data/summary`
   */
  async summed(sum) {
    if (this.session.playing) return;
    const { from, to } = this.session.parsed;
    if (this.brush && (this.brush.from !== from || this.brush.to !== to)) Object.assign(this, { brush: null, span: null });
    this.undo.hidden = !this.brush;
    this.says.textContent = this.brush ? spelled(this.brush) : '';
    const around = this.brush && changed(this.session.view, this.span);
    const found = around ? await this.whole({ v: around }).catch(() => null) : sum;
    if (found) this.base = found.histogram || null;
    this._face();
    this.repaint();
  }

  /** Ask for the span between two moments. */
  choose(start, end) {
    const { last, from, to } = this.session.parsed;
    this.span ||= { last, from, to };
    this.brush = { from: moment(start), to: moment(end) };
    this.session.choose(changed(this.session.view, this.brush));
  }

  /** Go back to the span the brush was drawn on. */
  clear() {
    const span = this.span || { last: '24h', from: '', to: '' };
    Object.assign(this, { brush: null, span: null });
    this.session.choose(changed(this.session.view, span));
  }

  _face() {
    const on = Boolean(this.player?.on());
    this.button.replaceChildren(icon(on ? STOP : PLAY, { size: 16, fill: 'currentColor', width: 1 }));
    this.button.title = on ? 'Stop, and return to the view' : 'Play the span through';
    this.button.setAttribute('aria-label', this.button.title);
    this.button.disabled = !on && !this.base?.counts.length;
  }
}

function spelled({ from, to }) {
  return `${short(Date.parse(from))} – ${short(Date.parse(to))}`;
}

/** Let a drag over the histogram choose a span; a click elsewhere lifts it. */
function pointer(canvas, strip) {
  const time = ({ clientX }) => {
    const { left, width } = canvas.getBoundingClientRect();
    const { start, end } = strip.base;
    return start + Math.max(0, Math.min(1, (clientX - left) / width)) * (end - start);
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (!strip.base || event.button) return;
    strip.drag = { at: event.clientX, from: time(event), to: time(event) };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!strip.drag) return;
    strip.drag.to = time(event);
    strip.repaint();
  });
  canvas.addEventListener('pointerup', (event) => {
    if (!strip.drag) return;
    const { at, from, to } = strip.drag;
    strip.drag = null;
    if (Math.abs(event.clientX - at) > 5) strip.choose(...snapped(Math.min(from, to), Math.max(from, to), strip.base));
    else if (strip.brush) strip.clear();
    strip.repaint();
  });
}

/** Widen a span to whole steps of the histogram, so that it holds just the bars it covers. */
function snapped(from, to, { start, end, step }) {
  const low = start + Math.floor((from - start) / step) * step;
  const high = start + Math.ceil((to - start) / step) * step;
  return [low, Math.max(low + Math.max(step, 60000), Math.min(high, end + step))];
}
