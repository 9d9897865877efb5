/** A relation on the map: its reach below the incidents, a line of the legend, and in the strip the words that lift it. */

import { chip } from './chip.js';
import { el, later, shown } from './dom.js';
import { inSight, latitude, trace } from './geometry.js';
import { newest, Refused } from './load.js';
import { called, dressed, read } from './relation.js';
import { prepared } from './shapes.js';
import { Sheet } from './sheet.js';
import { changed } from './view.js';

const FILL = 0.13;
const WIDTH = 1.8;
const DASH = [3, 5];
const AGAIN = 2000;
/** So long no other question may have come for what is drawn to be the answer, milliseconds. */
const RESTED = 100;

/**
 * Lay the reach over the map, and say it in legend and strip.
 * @param {{session: Object, picture: Object, legend: HTMLElement, filter: HTMLElement}} parts
 */
export async function furnish({ session, picture, legend, filter }) {
  await dressed();
  const only = chip({ id: 'gl-where', name: 'Only what stands so', lift: () => session.quiet(changed(session.view, { where: '' })) });
  filter.after(only.box);
  const words = el('span', { dir: 'auto' });
  const row = el('p', { id: 'gl-reach', hidden: true }, el('i'), words, el('em', { text: 'Drawing …' }));
  legend.append(row);
  const reach = new Reach(session, () => {
    row.hidden = !reach.area;
    words.textContent = shown(reach.words);
    row.dataset.kind = reach.kind;
    row.toggleAttribute('data-late', reach.late);
    only.say(reach.asked || some(session));
    picture.sheets.reach.refresh();
  });
  picture.lay('reach', new Sheet('reach', (ctx, frame) => reach.paint(ctx, frame)));
  reach.follow();
}

/** Say that a view leaves something out, before the server has put it in words. */
function some(session) {
  const relation = read(session.parsed.where);
  return relation ? `Only some ${called(session.layer(relation.subject), relation.subject)}` : '';
}

/**
 * The outline of what lies near enough. What stands stays until the next one is there, but dashed and empty, as it is the
 * answer to another question.
 */
export class Reach {
  /**
   * @param {Object} session
   * @param {function(): void} landed called when another outline is there, or none
   */
  constructor(session, landed) {
    Object.assign(this, { session, landed, area: null, words: '', asked: '', kind: '', text: '' });
    Object.assign(this, { late: false, loading: false, asking: false });
    this.ask = newest('data/reach');
    this.settle = later(RESTED, () => { if (!this.loading && !this.asking) this._mark(false); });
    session.on('view', () => this.follow());
    session.on('asking', (on) => {
      this.asking = on;
      if (on) this._mark(true); else this.settle();
    });
    session.on('changed', () => this._load());
    session.on('link', ({ lost }) => lost || this._load());
  }

  /** Draw what the view reaches; a view that asks the same again changes nothing. */
  follow() {
    const { where, known, from, to, last } = this.session.parsed;
    const text = [where, known, from, to, last].join(' ');
    if (text === this.text) return;
    this.text = text;
    this.asked = '';
    this._mark(true);
    this._load();
  }

  /** Say that what is drawn is not of the question asked now, or that it is. */
  _mark(late) {
    this.late = late;
    this.landed();
  }

  async _load() {
    const { session, text } = this;
    const relation = read(session.parsed.where);
    if (!relation) {
      this._show();
      return;
    }
    this.loading = true;
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
    this.loading = false;
    this.session.progress.end('reach');
    // While the question goes on moving it stays dashed, so that it does not flicker.
    this.settle();
    this.landed();
    this.session.emit('reached', this.area && kind === 'within' ? boxed(this.area.box) : null);
  }

  /** Draw. */
  paint(ctx, frame) {
    if (!this.area) return;
    const path = new Path2D();
    for (const copy of frame.copies) {
      if (inSight(this.area.grown, frame, copy)) for (const part of this.area.parts) trace(path, part, frame, copy, true);
    }
    ctx.strokeStyle = ctx.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--reach');
    if (this.late) ctx.setLineDash(DASH);
    if (this.kind === 'within' && !this.late) {
      ctx.globalAlpha = FILL;
      ctx.fill(path, 'evenodd');
      ctx.globalAlpha = 1;
    }
    ctx.lineJoin = 'round';
    ctx.lineWidth = WIDTH;
    ctx.stroke(path);
    ctx.setLineDash([]);
  }
}

/** Write a box of world fractions as west, south, east, north in degrees. */
function boxed([west, north, east, south]) {
  return [360 * west - 180, latitude(south), 360 * east - 180, latitude(north)];
}
