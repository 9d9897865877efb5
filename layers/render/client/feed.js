/** The feed of incidents, the last reported first. It moves only while it stands at its top. */

import { button, el } from './dom.js';
import { clock, dtg, short } from './format.js';
import { get, newest } from './load.js';
import { sign } from './marks.js';

const DAY = 86400000;
const ORDER = 'Last reported first, with the time it occurred';
const PAGE = 50;
const MOST = 500;
const TOP = 4;

/** The list of incidents beside the map. */
export class Feed {
  /**
   * @param {Object} session
   * @param {function(Object): void} open called with the item that was chosen
   */
  constructor(session, open) {
    Object.assign(this, { session, open, items: [], held: [], ended: true, asking: false, ask: newest('data/feed') });
    this.list = el('ol', { id: 'gl-items', class: 'gl-scroll', 'aria-label': 'Newest incidents' });
    this.more = button('', () => this.release(), { id: 'gl-more', hidden: true });
    this.note = el('p', { class: 'gl-empty', hidden: true });
    const order = el('span', { text: ORDER });
    const head = el('header', {}, order, this.more);
    session.on('play', (on) => { order.textContent = on ? 'The whole span; the map plays it' : ORDER; });
    this.box = el('section', { id: 'gl-feed', 'aria-label': 'Feed' }, head, this.list, this.note);
    this.list.addEventListener('scroll', () => this._scrolled(), { passive: true });
    this.list.addEventListener('keydown', (event) => walk(event, this.list));
    session.on('select', (item) => {
      mark(this.list, item);
      if (!item && this._atTop() && this.held.length) this.release();
    });
  }

  /** @returns {number} how many wait to be looked at */
  waiting() {
    return this.held.length;
  }

  /**
   * Fetch the newest of the view.
   * @param {boolean} stay keep still what is being read; what is new waits
   * @returns {Promise<Object[]>}
   */
  async load(stay) {
    const found = await this.ask({ v: this.session.view, limit: PAGE });
    if (!found) return [];
    if (stay && !this._atTop()) this._hold(found.items);
    else {
      Object.assign(this, { items: found.items, held: [], ended: found.items.length < PAGE });
      this.list.scrollTop = 0;
      this.repaint();
    }
    return found.items;
  }

  /** Take in what was pushed. */
  push(items) {
    const known = new Set([...this.items, ...this.held].map((item) => item.id));
    const next = items.filter((item) => !known.has(item.id));
    if (this._atTop()) next.forEach((item) => this._insert(item));
    else this.held.push(...next);
    this.items.length = Math.min(this.items.length, MOST);
    while (this.list.childElementCount > MOST) this.list.lastChild.remove();
    this._finish();
  }

  /** Take out what is no longer current. */
  drop(ids) {
    const gone = new Set(ids);
    this.items = this.items.filter((item) => !gone.has(item.id));
    this.held = this.held.filter((item) => !gone.has(item.id));
    for (const made of [...this.list.children]) if (gone.has(Number(made.firstChild.dataset.id))) made.remove();
    this._finish();
  }

  /** Show what waited. */
  release() {
    this.held.splice(0).forEach((item) => this._insert(item));
    this.list.scrollTop = 0;
    this._finish();
  }

  /** Write every line again. */
  repaint() {
    this.list.replaceChildren(...this.items.map((item) => line(this.session, item, this.open)));
    this._finish();
  }

  /** Say whether the feed is in sight and stands at its top: only then may it move. */
  _atTop() {
    return !this.box.hidden && this.list.scrollTop < TOP;
  }

  _finish() {
    this.note.hidden = this.items.length > 0;
    this.list.hidden = !this.note.hidden;
    const off = this.session.portrayal.layers.some((layer) => layer.tiled && !layer.kept && this.session.parsed.hide.includes(layer.id));
    this.note.textContent = off ? 'Incidents are switched off. Switch them on in the legend.' : this.session.parsed.known ? 'Nothing in this view was known then. Choose a longer span, or return to now.' : this.session.parsed.last === 'all' ? 'No incident passes this filter. Lift it to see the rest.'
      : 'No incident in this span. Choose a longer one, or lift a filter.';
    this.more.hidden = !this.held.length;
    this.more.textContent = `${this.held.length} new ↑`;
    mark(this.list, this.session.selected);
  }

  _insert(item) {
    const at = this.items.findIndex((other) => came(other) <= came(item));
    const index = at < 0 ? this.items.length : at;
    this.items.splice(index, 0, item);
    this.list.insertBefore(line(this.session, item, this.open), this.list.children[index] || null);
  }

  _hold(items) {
    const last = items[items.length - 1];
    const now = new Set(items.map((item) => item.id));
    const known = new Set(this.items.map((item) => item.id));
    const within = (item) => items.length < PAGE || came(item) > came(last);
    this.drop(this.items.filter((item) => !now.has(item.id) && within(item)).map((item) => item.id));
    this.held = items.filter((item) => !known.has(item.id));
    this._finish();
  }

  _scrolled() {
    const { list } = this;
    if (this._atTop() && this.held.length) this.release();
    if (list.scrollTop + list.clientHeight > list.scrollHeight - 300) this._older();
  }

  async _older() {
    const last = this.items[this.items.length - 1];
    if (this.ended || this.asking || !last) return;
    this.asking = true;
    const { view } = this.session;
    const found = await get('data/feed', { v: view, limit: PAGE, before: last.id }).catch(() => null);
    this.asking = false;
    if (!found || view !== this.session.view) return;
    const known = new Set(this.items.map((item) => item.id));
    const next = found.items.filter((item) => !known.has(item.id));
    this.ended = !next.length;
    this.items.push(...next);
    this.list.append(...next.map((item) => line(this.session, item, this.open)));
  }
}

/** Say when an incident was reported; where that is unknown, when it occurred. The feed is in this order. */
const came = (item) => item.reported ?? item.occurred;

function mark(list, selected) {
  for (const { firstChild: made } of list.children) {
    const is = selected && Number(made.dataset.id) === selected.id && made.dataset.layer === selected.layer;
    if (is) made.setAttribute('aria-current', 'true'); else made.removeAttribute('aria-current');
    if (is && list.clientHeight && document.activeElement !== made) made.scrollIntoView({ block: 'nearest' });
  }
}

function walk(event, list) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = [...list.children].findIndex((item) => item.contains(document.activeElement));
  if (!step || at < 0) return;
  event.preventDefault();
  list.children[at + step]?.firstChild.focus();
}

/**
 * Write a time: the hour alone today, with its day within four weeks, else with month and year.
 * @param {number} ms
 * @param {number} now
 * @returns {string}
 */
export function when(ms, now) {
  if (Math.floor(ms / DAY) === Math.floor(now / DAY)) return clock(ms);
  return Math.abs(now - ms) < 28 * DAY ? short(ms) : dtg(ms);
}

/** Write one incident on two lines: what and when; where. */
function line(session, item, open) {
  const layer = session.layer(item.layer);
  const isNew = session.isNew(item) ? 'true' : null;
  const made = button('', () => open(item), { class: 'gl-item', 'data-id': item.id, 'data-layer': item.layer, 'data-new': isNew });
  made.append(
    el('span', { class: 'gl-sign', title: layer?.hues[item.hue]?.label }, layer ? sign(layer, item, 20) : null),
    el('span', { class: 'gl-line' }, el('bdi', { class: 'gl-title', text: item.title }), marking(session, item),
      el('time', { text: when(item.occurred, session.now()), title: 'Occurred' })),
    el('span', { class: 'gl-line gl-dim' }, el('bdi', { class: 'gl-place', text: item.place || '—' }),
      el('bdi', { class: 'gl-sector', text: item.sector || '' }), el('span', { class: 'gl-grid', text: item.grid || '' })),
  );
  return el('li', {}, made);
}

/**
 * Write a marking above the lowest by its initials.
 * @param {Object} session
 * @param {{marking: string}} item
 * @returns {HTMLElement|null}
 */
export function marking({ mission }, item) {
  if (mission.marking.levels.indexOf(item.marking) < 1) return null;
  const initials = item.marking.split(' ').map((word) => word[0]).join('');
  return el('abbr', { class: 'gl-mark', title: item.marking, text: initials });
}
