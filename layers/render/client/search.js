/** The one search box: a grid in any notation, a place, an id, words. */

import { el, icon, later } from './dom.js';
import { newest, Refused } from './load.js';

const LENS = 'M5 5L9 9M-8-1.5A6.5 6.5 0 1 0 5-1.5A6.5 6.5 0 1 0-8-1.5Z';
const KINDS = { grid: 'Grid', place: 'Place', record: 'Record', words: 'Text' };
const NOTHING = 'Nothing found. Try a grid such as 41K AB 1234 5678, a place name, or a word of the text.';
const SILENCE = 'The server does not answer. The search works again with the link.';

/** The box and the list below it. */
export class Search {
  /**
   * @param {Object} session
   * @param {function(Object): void} go called with what was chosen
   */
  constructor(session, go) {
    Object.assign(this, { session, go, items: [], at: -1, find: newest('data/search') });
    this.input = el('input', {
      id: 'gl-search', type: 'search', role: 'combobox', autocomplete: 'off', spellcheck: 'false', maxlength: 200,
      placeholder: 'Grid, place, id or words', 'aria-label': 'Search: a grid, a place, an id, words',
      'aria-expanded': 'false', 'aria-controls': 'gl-results', 'aria-autocomplete': 'list',
    });
    this.results = el('ul', { id: 'gl-results', role: 'listbox', 'aria-label': 'Found', hidden: true });
    const parts = [icon(LENS, { size: 16 }), this.input, el('kbd', { text: '/' }), this.results];
    this.box = el('div', { class: 'gl-find', role: 'search' }, ...parts);
    this.input.addEventListener('input', later(140, () => this._ask()));
    this.input.addEventListener('focus', () => this.items.length && this._open(true));
    this.input.addEventListener('blur', () => setTimeout(() => document.activeElement === this.input || this._open(false), 150));
    this.input.addEventListener('keydown', (event) => this._key(event));
  }

  /** Put the cursor into the box. */
  focus() {
    this.input.focus();
    this.input.select();
  }

  /** Close the list. @returns {boolean} whether there was something to close */
  close() {
    const was = document.activeElement === this.input || !this.results.hidden;
    this._open(false);
    this.input.blur();
    return was;
  }

  async _ask() {
    const q = this.input.value.trim();
    if (!q) {
      this.items = [];
      this._open(false);
      return;
    }
    try {
      const found = await this.find({ q, v: this.session.view });
      if (found) this._fill(found.items, found.why ? `Nothing found: ${found.why}.` : NOTHING);
    } catch (fault) {
      this._fill([], fault instanceof Refused ? fault.message : SILENCE);
    }
  }

  _fill(items, note) {
    this.items = items;
    const lines = items.map((item, i) => line(item, i, (chosen) => this._choose(chosen)));
    this.results.replaceChildren(...(lines.length ? lines : [el('li', { class: 'gl-empty', text: note })]));
    this._open(document.activeElement === this.input);
    this._point(items.length ? 0 : -1);
  }

  _open(open) {
    this.results.hidden = !open;
    this.input.setAttribute('aria-expanded', String(open));
  }

  _point(to) {
    this.at = to;
    [...this.results.children].forEach((made, i) => made.setAttribute('aria-selected', String(i === to)));
    this.input.setAttribute('aria-activedescendant', to < 0 ? '' : `gl-found-${to}`);
    this.results.children[to]?.scrollIntoView({ block: 'nearest' });
  }

  _choose(item) {
    this._open(false);
    this.input.blur();
    this.go(item);
  }

  async _key(event) {
    const step = { ArrowDown: 1, ArrowUp: this.items.length - 1 }[event.key];
    if (step === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    if (step !== undefined) {
      if (this.items.length) this._point((this.at + step) % this.items.length);
      return;
    }
    if (this.results.hidden) await this._ask();
    if (this.items[this.at]) this._choose(this.items[this.at]);
  }
}

function line(item, i, choose) {
  const made = el('li', { id: `gl-found-${i}`, role: 'option', 'data-kind': item.kind },
    el('span', { class: 'gl-kind', text: KINDS[item.kind] || '' }), el('bdi', { text: item.title }),
    el('bdi', { class: 'gl-dim', text: item.detail || '' }));
  made.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    choose(item);
  });
  return made;
}
