/** What happens as time goes on: events pushed, the link lost and regained, windows that slide. */

import { later } from './dom.js';
import { clock } from './format.js';
import { get, newest, Refused } from './load.js';

const SETTLE = 1500;
const AT_MOST = 4000;
const MEMORY = 'greenline.baseline';

/** Keeps every part of the frame in step with the record. */
export class Live {
  /**
   * @param {Object} session
   * @param {import('./link.js').Link} link
   * @param {Object} parts what the frame is made of: picture, banner, list, detail, summed
   */
  constructor(session, link, parts) {
    Object.assign(this, { session, link, ...parts, summary: newest('data/summary'), marked: {} });
    this.soonSum = later(150, () => this._sum());
    this.soonFill = later(200, () => this.session.playing || this._fill(false));
    this.renew = settling((items) => this.picture.renew(items));
    session.on('view', () => this._shown());
    session.on('events', (message) => this._arrived(message));
    session.on('changed', (message) => { if (message.only) this._moved(message); else this.all(true); });
    session.on('layers', () => this._learn());
    session.on('hello', (message) => this._greeted(message));
    session.on('link', (state) => this._linked(state));
    session.on('warned', (alerts) => this._banded({ alerts }));
    session.on('select', () => this.detail.waiting(this.list.waiting()));
    slide(session, () => {
      this.soonSum();
      this.picture.renew(null);
      this.picture.overlay.refresh();
      if (session.parsed.show.length) this.picture.reload(new Set(session.parsed.show));
    });
  }

  /** Ask for everything again; `stay` keeps the feed where it is being read. */
  all(stay) {
    this.picture.reload();
    this._sum();
    if (!this.session.playing) this._fill(stay);
  }

  /** Ask again for a few layers, of which others hang on none. */
  _moved({ only, version }) {
    this.picture.shapes.reload(new Set(only));
    this.session.progress.met(version);
    this.soonSum();
  }

  async _sum() {
    await this._told(async () => {
      const found = await this.summary({ v: this.session.view });
      if (!found) return;
      // While a span is played, the page goes on showing records of the whole of it, and the player counts.
      if (!this.session.playing) {
        this._banded({ view: found });
        this.summed(found);
      }
      this.session.emit('summed', found);
    });
  }

  async _fill(stay) {
    await this._told(async () => {
      const items = await this.list.load(stay);
      for (const item of items) if (this.session.isNew(item)) this.picture.overlay.ring(item, false);
      this.detail.waiting(this.list.waiting());
    });
  }

  /** Say it where the server refused; where it does not answer at all, the link says so. */
  async _told(call) {
    try {
      await call();
    } catch (fault) {
      if (fault instanceof Refused) this._say(fault.message);
      else setTimeout(() => this.session.progress.lost || this.soonSum(), 3000);
    }
  }

  _shown() {
    this._say('');
    const { view, number, touched } = this.session;
    const listed = !touched || [...touched].some((id) => this.session.layer(id)?.tiled);
    if (listed) this.picture.overlay.clear();
    this.link.say({ v: view, n: number });
    if (!touched) {
      this.all(false);
      return;
    }
    this.picture.reload(touched);
    this._sum();
    if (listed) this.soonFill();
  }

  /** Take in that there are other layers; the view, the card and what is drawn stay. */
  async _learn() {
    await this._told(async () => {
      this.session.learn(await get('data/portrayal'));
      this.picture.reload(this.picture.learn());
      this._sum();
    });
  }

  /** Draw what came in at once, and let tiles, counts and feed follow. */
  _arrived({ items = [], gone = [], version, count, previous }) {
    if (this.session.playing) return;
    const { picture, list, detail } = this;
    picture.overlay.drop(gone);
    for (const item of items) picture.overlay.push({ ...item, version }, true);
    list.drop(gone);
    list.push(items);
    detail.stale(items, gone);
    detail.waiting(list.waiting());
    if (count !== undefined) this.session.emit('counted', { count, previous });
    this.session.progress.met(version);
    this.soonSum();
    if (gone.length) picture.renew(null); else this.renew(items);
  }

  _greeted({ version, again }) {
    const kept = Number(sessionStorage.getItem(MEMORY));
    this.session.baseline = kept > 0 && kept <= version ? kept : version;
    sessionStorage.setItem(MEMORY, String(this.session.baseline));
    if (again) this._learn();
    if (again && version !== this.session.progress.version) this.all(true);
  }

  _linked({ lost, at, shown }) {
    this.session.progress.link(lost);
    document.documentElement.dataset.link = lost ? 'lost' : 'live';
    this._say(lost ? `LINK LOST ${clock(at)}, showing ${clock(shown)}` : '');
    if (!lost) this.all(true);
  }

  /** Mark the page as high as what stands on it: the records of the view, and the alerts beside them. */
  _banded(more) {
    const [highest] = Object.values(Object.assign(this.marked, more)).sort((a, b) => b.rank - a.rank);
    banded(highest.band);
  }

  _say(text) {
    this.banner.textContent = text;
    this.banner.hidden = !text;
  }
}

/** Keep the page's marking bands in step with what the map shows. */
function banded(words) {
  for (const band of parent.document.querySelectorAll('.gl-band')) if (band.textContent !== words) band.textContent = words;
}

/** Gather items until it is quiet, but not for longer than a few seconds. */
function settling(call) {
  let [gathered, first] = [[], 0];
  const flush = () => {
    const items = gathered;
    [gathered, first] = [[], 0];
    if (items.length) call(items);
  };
  const soon = later(SETTLE, flush);
  return (items) => {
    gathered.push(...items);
    first ||= performance.now();
    if (performance.now() - first > AT_MOST) flush(); else soon();
  };
}

/** A span that ends now slides with every minute. */
function slide(session, call) {
  let minute = Math.floor(session.now() / 60000);
  setInterval(() => {
    const now = Math.floor(session.now() / 60000);
    if (now === minute || document.hidden || session.progress.lost || session.playing) return;
    minute = now;
    const { last, from, to, known } = session.parsed;
    if (!from && !to && !known && last !== 'all') call();
  }, 1000);
}
