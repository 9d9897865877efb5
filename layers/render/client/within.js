/** Monitoring, Within: one question as a sentence, its answer as it changes, and what can be done with it. */

import { button, el, later, narrow } from './dom.js';
import { count } from './format.js';
import { keeper } from './keep.js';
import { address, newest, Refused } from './load.js';
import { fit, unchosen } from './place.js';
import { called, dressed, read, related, spelled } from './relation.js';
import { sentence } from './sentence.js';
import { changed } from './view.js';

const SETTLED = 300;
/** How sure a number is takes the server longer than the number: it is asked once the slider rests so long. */
const RESTED = 120;
/** So long a picture that is on its way may hold up the next one, milliseconds. */
const PATIENCE = 1000;
const SILENCE = 'The server does not answer.';
const BEFORE = `${SILENCE} What stands here is the answer before.`;
const ALONE = 'Only what was in force when each occurred counts.';

/**
 * Put the question above the feed.
 * @param {{session: Object, link: import('./link.js').Link, right: Object, chooser: Object}} parts
 */
export async function furnish({ session, link, right, chooser }) {
  await dressed();
  const asked = new Within(session, link, chooser);
  right.put(asked.box, asked.list);
  right.raise();
  await asked.begin();
}

/** The question, its answer, and the list where the feed has none. */
export class Within {
  /**
   * @param {Object} session
   * @param {import('./link.js').Link} link
   * @param {import('./chooser.js').Chooser} chooser opens what was chosen of the list, and brings the map to the answer
   */
  constructor(session, link, chooser) {
    Object.assign(this, { session, chooser, fetch: newest('data/within'), seen: null, words: '', own: false, whole: null });
    Object.assign(this, { waiting: false, reach: null, about: null });
    const first = (id) => session.layer(id)?.tiled && !session.layer(id).kept;
    this.asks = sentence(first, (relation) => this._asked(relation));
    this.settle = later(SETTLED, () => session.quiet(session.view));
    this.soon = later(RESTED, () => this._answer());
    this.show = paced(session, (view) => {
      this.own = true;
      session.show(view);
      this.own = this.waiting = false;
      session.emit('asking', false);
      this.soon();
      this.settle();
    });
    this._furnish(keeper(session, link));
    this._listen();
  }

  /** Ask the server what may be asked, and take up what the view asks already. */
  async begin() {
    await this._listed();
    this._shown();
  }

  _furnish(keep) {
    this.keep = keep;
    this.number = el('p', { class: 'gl-big' });
    this.sure = el('p', { class: 'gl-sure' });
    this.alone = el('p', { class: 'gl-dim', text: ALONE });
    this.fault = el('p', { class: 'gl-fault', role: 'alert' });
    this.answer = el('div', { id: 'gl-answer', role: 'status', 'aria-atomic': 'true' }, this.number, this.sure, this.alone);
    this.start = button('Ask', () => this._asked(this.asks.relation()), { id: 'gl-ask', class: 'gl-main' });
    this.zoom = button('Zoom to it', () => this._bring(), { id: 'gl-to-it', class: 'gl-quiet' });
    this.does = [
      this.zoom,
      button('Show on the live map', () => this._leave(), { id: 'gl-to-map', class: 'gl-quiet' }),
      button('Keep as a layer', () => keep.open(this.words), { id: 'gl-to-keep', class: 'gl-quiet' }),
      button('Clear', () => this._clear(), { id: 'gl-clear', class: 'gl-quiet', title: 'Show all again' }),
    ];
    this.list = el('ol', { id: 'gl-found', class: 'gl-scroll', 'aria-label': 'What stands so', hidden: true });
    this.box = el('section', { id: 'gl-within', 'aria-label': 'Within' }, this.asks.box, this.answer, this.fault,
      el('div', { class: 'gl-row' }, this.start, ...this.does), keep.box);
  }

  _listen() {
    const { session } = this;
    session.on('view', () => this._shown());
    session.on('changed', () => { this._listed(); this._anew(); });
    session.on('learnt', () => this._listed());
    session.on('link', ({ lost }) => { if (!lost) { this._listed(); this._anew(); } });
    session.on('reached', (box) => { this.reach = box; this._near(); });
    // The counts come again where the record grew or the span slid: then so does the answer.
    session.on('summed', ({ version, window, layers }) => {
      this._counted(layers);
      const now = `${version}/${window?.start}`;
      if (this.seen && this.seen !== now) this._anew();
      this.seen = now;
    });
  }

  /** Ask again; how sure the number was is said no more, for it may be of another number by then. */
  _anew() {
    this._unsure();
    this.soon();
  }

  _unsure() {
    if (this.number.textContent) this.sure.dataset.late = '';
  }

  async _listed() {
    try {
      this.asks.offer(await related(this.session));
      this._say('');
    } catch (fault) {
      this._say(fault instanceof Refused ? fault.message : SILENCE);
    }
  }

  /** Ask: on the map at once, in the address once it is settled. */
  _asked(relation) {
    if (!relation) return;
    this.waiting = true;
    this.number.dataset.late = '';
    this._unsure();
    this.session.emit('asking', true);
    this.show(changed(this.session.view, { where: spelled(relation) }));
  }

  _clear() {
    this.keep.close();
    this.session.quiet(changed(this.session.view, { where: '' }));
    this.start.focus({ preventScroll: true });
  }

  _shown() {
    const { parsed } = this.session;
    const relation = read(parsed.where);
    this.seen = null;
    this.keep.moved();
    // What is asked here stands in the sentence already, and may have moved on since.
    if (relation && !this.own) this.asks.set(relation);
    this.start.hidden = Boolean(relation);
    for (const one of this.does) one.hidden = !relation;
    if (!relation) {
      this._blank('Nothing is asked yet. Choose above, then ask.');
      return;
    }
    if (!this.number.textContent) this._blank('The answer is being reckoned.');
    this.number.dataset.late = '';
    this.answer.setAttribute('aria-busy', 'true');
    this._anew();
  }

  _blank(words) {
    this.number.textContent = '';
    this.sure.textContent = words;
    delete this.sure.dataset.late;
    this.about = null;
    this._near();
    this.alone.hidden = this.list.hidden = true;
    delete this.box.dataset.listed;
    this.answer.removeAttribute('aria-busy');
  }

  async _answer() {
    const { view, parsed: { where } } = this.session;
    if (!where) return;
    this.answer.setAttribute('aria-busy', 'true');
    try {
      const found = await this.fetch({ v: view });
      if (!found || view !== this.session.view || this.waiting) return;
      this._told(found, read(where));
      this._say('');
    } catch (fault) {
      if (view !== this.session.view) return;
      this._say(fault instanceof Refused ? fault.message : 'late' in this.number.dataset ? BEFORE : SILENCE);
    }
    this.answer.removeAttribute('aria-busy');
  }

  _told(found, relation) {
    const layer = this.session.layer(relation.subject);
    this.words = found.words;
    this.whole = { key: this._key(relation), of: found.of, count: found.count };
    this.about = found.box;
    this._near();
    this._number(relation, found.count);
    this.sure.textContent = sureness(found);
    delete this.sure.dataset.late;
    const own = !layer?.tiled;
    this.alone.hidden = own;
    this.list.hidden = !own;
    this.box.toggleAttribute('data-listed', own);
    if (own) this.list.replaceChildren(...listed(found.items || [], (item) => this.chooser.open(item)));
  }

  /** Show the number as soon as the counts of the view are there. */
  _counted(layers) {
    const relation = read(this.session.parsed.where);
    const there = relation && layers[relation.subject];
    if (!there || this.waiting || this.whole?.key !== this._key(relation)) return;
    if (there.count !== this.whole.count) this._unsure();
    this._number(relation, there.count);
  }

  /** What the number is of: it stays while only the relation changes. */
  _key({ subject }) {
    return `${subject} ${changed(this.session.view, { where: '' })}`;
  }

  _number({ subject }, number) {
    const words = ` of ${count(this.whole.of)} ${called(this.session.layer(subject), subject)}`;
    this.number.replaceChildren(el('b', { text: count(number) }), el('span', { text: words, dir: 'auto' }));
    delete this.number.dataset.late;
  }

  /** Say whether there is anything that the map could be brought to. */
  _near() {
    this.zoom.disabled = !(this.reach || this.about);
  }

  /** Bring the map to the ground that the question reaches over, or where it reaches outwards or nowhere, to what it found. */
  _bring() {
    const box = this.reach || this.about;
    if (box && narrow()) beside(this.chooser.map, box);
    else if (box) fit(this.chooser.map, box);
  }

  _say(text) {
    this.fault.textContent = text;
  }

  /** Go to the live map by the page's own link, which loads nothing anew; the view goes along. */
  _leave() {
    const { session } = this;
    session.quiet(session.view);
    if (unchosen(session, this.chooser.map)) this._bring();
    const page = parent.document;
    const root = address('').pathname;
    const there = [...page.querySelectorAll('a[href]')].find((link) => link.pathname === root && link.host === location.host);
    const link = there || Object.assign(page.createElement('a'), { href: `${root}${parent.location.search}${parent.location.hash}` });
    link.click();
  }
}

/** Bring a map over a box, whole above the sheet that covers it from below; a sheet over nearly all of it is lowered to its half. */
function beside(map, [west, south, east, north]) {
  const panel = document.querySelector('#gl-panel');
  if (panel.dataset.sheet === 'full') panel.dataset.sheet = 'half';
  const { top, bottom } = map.getContainer().getBoundingClientRect();
  const covered = Math.max(0, bottom - Math.max(panel.getBoundingClientRect().top, (top + bottom) / 2));
  map.fitBounds([[south, west], [north, east]], {
    animate: false, maxZoom: 15, paddingTopLeft: [12, 12], paddingBottomRight: [12, 12 + covered],
  });
}

/** Say how sure a number is, by how precisely each is placed; nothing where that makes no difference. */
function sureness({ count: all, surely, perhaps, missed, expected }) {
  if (surely === null || surely === undefined) return '';
  if (!perhaps && !missed) return `By their precision surely ${all ? count(all) : 'none'}.`;
  const counted = perhaps ? `${count(surely)} surely and ${count(perhaps)} perhaps` : `surely ${all ? count(all) : 'none'}`;
  const more = missed ? `; ${count(missed)} more, not counted, may be too` : '';
  const likely = typeof expected === 'number' ? ` ${count(expected.toFixed(1))} are to be expected.` : '';
  return `By their precision ${counted}${more}.${likely}`;
}

function listed(items, open) {
  if (!items.length) return [el('li', { class: 'gl-empty', text: 'None stands so. Reach farther, or ask of another layer.' })];
  return items.map((item) => el('li', {}, button('', () => open({ layer: item.layer, id: item.id }), { class: 'gl-item gl-plain' })))
    .map((line, n) => {
      line.firstChild.append(el('bdi', { class: 'gl-title', text: items[n].title }), el('bdi', { class: 'gl-place gl-dim', text: items[n].detail || '' }));
      return line;
    });
}

/** Let the newest of what is asked in quick succession through once the picture before it stands, or does not come. */
function paced(session, call) {
  let [next, since, waiting] = [null, 0, 0];
  const go = () => {
    waiting = 0;
    if (next === null) return;
    if (session.progress.pending.size && performance.now() - since < PATIENCE) {
      waiting = requestAnimationFrame(go);
      return;
    }
    const view = next;
    [next, since] = [null, performance.now()];
    call(view);
  };
  return (view) => {
    next = view;
    if (!waiting) go();
  };
}
