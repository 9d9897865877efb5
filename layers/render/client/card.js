/** The detail card: one record, whole, in place of the feed. */

import { button, el, icon } from './dom.js';
import { get, newest, Refused } from './load.js';

const BACK = 'M3-7L-4 0L3 7';
const UNREAD = 'The record cannot be read while the link is down. Open it again when the link is back.';

/** The card and what it says of itself. */
export class Card {
  /**
   * @param {Object} session
   * @param {{close: function(): void, go: function(Object): void, step: function(number): void, show: function(Object): void,
   *   lay: function(string[], Object): void, link: import('./link.js').Link}} does
   */
  constructor(session, does) {
    Object.assign(this, { session, does, ask: null, shown: null });
    this.fresh = el('span', { id: 'gl-card-new' });
    const back = el('button', { type: 'button', id: 'gl-back', title: 'Back to the feed (Esc)' },
      icon(BACK, { size: 14, width: 2 }), 'Feed', this.fresh);
    back.addEventListener('click', does.close);
    this.turn = el('span', { class: 'gl-turn' });
    this.note = el('div', { id: 'gl-card-stale', role: 'status', hidden: true });
    this.body = el('div', { class: 'gl-scroll', id: 'gl-card-body', tabindex: '-1' });
    this.box = el('article', { id: 'gl-card', 'aria-label': 'Detail', hidden: true },
      el('header', {}, back, this.turn), this.note, this.body);
    session.on('steps', () => this._responded());
  }

  /**
   * Fetch a record and show it.
   * @param {{layer: string, id: number, ids?: number[], at?: number}} item
   * @returns {Promise<Object|null>} the record, null where it did not come or something else was opened since
   */
  async open(item) {
    this.note.hidden = true;
    this._page(item);
    const mine = this.ask = newest(`data/card/${encodeURIComponent(item.layer)}/${item.id}`);
    try {
      const [found, { written }] = await Promise.all([mine({ v: this.session.view }), import('./record.js')]);
      if (!found || mine !== this.ask) return null;
      const same = this.shown?.id === found.id && this.shown.layer === found.layer;
      this.shown = found;
      if (found.withdrawn || found.outside) this._say(found.withdrawn ? 'This record was withdrawn.' : found.outside);
      this.body.replaceChildren(...written(this.session, found, this.does));
      if (!same) this.body.scrollTop = 0;
      this.session.emit('read', found);
      return found;
    } catch (fault) {
      if (mine !== this.ask) return null;
      this.shown = null;
      this.body.replaceChildren(el('p', { class: 'gl-fault', text: fault instanceof Refused ? fault.message : UNREAD }));
      return null;
    }
  }

  /** Bring what was done about an incident, and its history, up to what was said in any tab. */
  async _responded() {
    const shown = this.shown;
    if (this.box.hidden || !shown?.response) return;
    const found = await get(`data/card/${encodeURIComponent(shown.layer)}/${shown.id}`, { v: this.session.view }).catch(() => null);
    if (!found || this.shown !== shown) return;
    const [{ renewed }, { history }] = await Promise.all([import('./steps.js'), import('./record.js')]);
    renewed(this.session, this.does.link, found);
    this.body.querySelector('.gl-history')?.replaceWith(history(found));
  }

  /** Say so where what is shown has been replaced; the card itself does not move. */
  stale(items, gone) {
    if (!this.shown || this.box.hidden) return;
    const next = items.find(({ feature, layer, id }) => (
      feature === this.shown.feature && layer === this.shown.layer && id > this.shown.id));
    if (next) this._say('There is a newer version.', next);
    else if (gone.includes(this.shown.id)) this._say('This version is no longer current.');
  }

  /** Tell how many wait in the feed behind the card. */
  waiting(number) {
    this.fresh.textContent = number ? `${number} new` : '';
  }

  _say(text, next) {
    this.note.hidden = false;
    this.note.replaceChildren(text, next ? button('Show it', () => this.does.go(next)) : '');
  }

  _page({ ids = [], at = 0 }) {
    this.turn.replaceChildren(...(ids.length < 2 ? [] : [
      button('‹', () => this.does.step(-1), { 'aria-label': 'The one before, at this place', disabled: at === 0 }),
      el('span', { text: `${at + 1} of ${ids.length} here` }),
      button('›', () => this.does.step(1), { 'aria-label': 'The next one, at this place', disabled: at === ids.length - 1 }),
    ]));
  }
}
