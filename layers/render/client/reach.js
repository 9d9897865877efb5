/** A relation on the map: its reach below the incidents, a line of the legend, and in the strip the words that lift it. */

import { button, el, shown } from './dom.js';
import { inSight, trace } from './geometry.js';
import { newest, Refused } from './load.js';
import { called, dressed, read } from './relation.js';
import { prepared } from './shapes.js';
import { Sheet } from './sheet.js';
import { changed } from './view.js';

const FILL = 0.13;
const WIDTH = 1.8;
const AGAIN = 2000;

/**
 * Lay the reach over the map, and say it in legend and strip.
 * @param {{session: Object, picture: Object, legend: HTMLElement, filter: HTMLElement}} parts
 */
export async function furnish({ session, picture, legend, filter }) {
  await dressed();
  const only = chip(session);
  filter.after(only.box);
  const row = el('p', { id: 'gl-reach', hidden: true }, el('i'), el('span', { dir: 'auto' }));
  legend.append(row);
  const reach = new Reach(session, () => {
    row.hidden = !reach.area;
    row.lastChild.textContent = shown(reach.words);
    row.dataset.kind = reach.kind;
    only.say(reach.asked);
    picture.sheets.reach.refresh();
  });
  picture.lay('reach', new Sheet('reach', (ctx, frame) => reach.paint(ctx, frame)));
  reach.follow();
}

/** The outline of what lies near enough. What stands stays until the next one is there. */
export class Reach {
  /**
   * @param {Object} session
   * @param {function(): void} landed called when another outline is there, or none
   */
  constructor(session, landed) {
    Object.assign(this, { session, landed, area: null, words: '', asked: '', kind: '', text: '', ask: newest('data/reach') });
    session.on('view', () => this.follow());
    session.on('changed', () => this._load());
    session.on('link', ({ lost }) => lost || this._load());
  }

  /** Draw what the view reaches; a view that asks the same again changes nothing. */
  follow() {
    const { where, known, from, to, last } = this.session.parsed;
    const text = [where, known, from, to, last].join(' ');
    if (text === this.text) return;
    this.text = text;
    this._load();
  }

  async _load() {
    const { session, text } = this;
    const relation = read(session.parsed.where);
    if (!relation) {
      this._show();
      return;
    }
    session.progress.begin('reach');
    try {
      const found = await this.ask({ v: session.view });
      if (found && text === this.text) this._show(found, relation.kind);
    } catch (fault) {
      if (text !== this.text) return;
      if (fault instanceof Refused) this._show();
      else setTimeout(() => text === this.text && !session.progress.lost && this._load(), AGAIN);
    }
  }

  _show({ parts = [], words = '', asked = '' } = {}, kind = '') {
    Object.assign(this, { area: parts.length ? prepared({ kind: 'area', parts }) : null, words, asked, kind });
    this.session.progress.end('reach');
    this.landed();
  }

  /** Draw. */
  paint(ctx, frame) {
    if (!this.area) return;
    const path = new Path2D();
    for (const copy of frame.copies) {
      if (inSight(this.area.grown, frame, copy)) for (const part of this.area.parts) trace(path, part, frame, copy, true);
    }
    ctx.strokeStyle = ctx.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--reach');
    if (this.kind === 'within') {
      ctx.globalAlpha = FILL;
      ctx.fill(path, 'evenodd');
      ctx.globalAlpha = 1;
    }
    ctx.lineJoin = 'round';
    ctx.lineWidth = WIDTH;
    ctx.stroke(path);
  }
}

/** Say in the strip what is asked, with the way to lift it: a picture that leaves things out never looks like the whole. */
function chip(session) {
  const words = el('span', { class: 'gl-words', dir: 'auto' });
  const lift = button('×', () => session.quiet(changed(session.view, { where: '' })), { id: 'gl-lift', title: 'Show all again', 'aria-label': 'Show all again' });
  const box = el('div', { id: 'gl-where', role: 'group', 'aria-label': 'Only what stands so' }, words, lift);
  let said = '';
  const mark = () => {
    const relation = read(session.parsed.where);
    box.hidden = !relation;
    if (relation) words.textContent = box.title = shown(said || `Only some ${called(session.layer(relation.subject), relation.subject)}`);
  };
  session.on('view', mark);
  mark();
  return { box, say: (text) => { said = text; mark(); } };
}
