/** What this tab shows: the view, the mission's clock, the selection. Whoever cares listens. */

import { bus } from './dom.js';
import { parse, touched } from './view.js';

const OPEN = 'greenline.open';

/** One map's state; everything else hangs on its events: view, select, link, theme, events, changed, layers. */
export class Session {
  /**
   * @param {Object} mission `/data/mission`
   * @param {Object} portrayal `/data/portrayal`
   * @param {import('./progress.js').Progress} progress
   */
  constructor(mission, portrayal, progress) {
    Object.assign(this, { mission, portrayal, progress, ...bus() });
    this.view = '';
    this.parsed = parse('');
    this.touched = null;
    this.told = null;
    // Views are numbered, so that of two that arrive by different ways the later one holds; a new frame goes on above the last.
    this.number = Date.now();
    this.playing = false;
    this.selected = null;
    this.baseline = Infinity;
    this.tick(mission.now, mission.clock || 'none');
  }

  /** @returns {number} the mission's time, milliseconds since 1970 UTC */
  now() {
    return this.clock.ms + (this.clock.stands ? 0 : performance.now() - this.clock.at);
  }

  /** Set the clock by the server's. */
  tick(ms, state = this.clock.state) {
    this.clock = { ms, state, at: performance.now(), stands: state === 'paused' };
    this.emit('clock', this.clock);
  }

  /** Stop the clock: the link is down, and nothing may look live. */
  stop() {
    this.clock = { ...this.clock, ms: this.now(), at: performance.now(), stands: true };
  }

  /** @returns {Object|undefined} a layer of the portrayal */
  layer(id) {
    return this.portrayal.layers.find((layer) => layer.id === id);
  }

  /** Take in which layers there are now: answers are kept and dropped while the map stands. */
  learn(portrayal) {
    this.portrayal = portrayal;
    this.emit('learnt', portrayal);
  }

  /** Show what Python says, once: it says the same again on every rerun. */
  follow(view) {
    if (view === this.told) return;
    this.told = view;
    this.quiet(view);
  }

  /** Show a view; no one else is told. */
  show(view) {
    if (view === this.view) return;
    this.touched = this.view ? touched(this.view, view) : null;
    this.view = view;
    this.number += 1;
    this.parsed = parse(view);
    this.emit('view', view);
  }

  /** Show a view at once, then tell Streamlit, which keeps it. */
  choose(view) {
    this.quiet(view);
    this.told = view;
    this.again();
  }

  /** Tell Streamlit the view; it answers by running the page. */
  again() {
    this.number += 1;
    window.Streamlit?.setComponentValue({ view: this.view, n: this.number });
  }

  /** Show a view and write it into the link, without a rerun. */
  quiet(view) {
    this.show(view);
    const link = new URL(parent.location.href);
    if (link.searchParams.get('v') === view) return;
    link.searchParams.set('v', view);
    parent.history.replaceState(parent.history.state, '', link);
  }

  /** Select a record, wherever it was picked; null for none. */
  select(item) {
    const same = item?.id === this.selected?.id && item?.layer === this.selected?.layer;
    if (same && item?.at === this.selected?.at) return;
    this.selected = item;
    if (item) sessionStorage.setItem(OPEN, JSON.stringify([this.mission.title, item.layer, item.id]));
    else sessionStorage.removeItem(OPEN);
    this.emit('select', item);
  }

  /** @returns {{layer: string, id: number}|null} what was selected in this tab before it was loaded again */
  left() {
    const [title, layer, id] = JSON.parse(sessionStorage.getItem(OPEN) || '[]');
    return title === this.mission.title && this.layer(layer) && Number.isInteger(id) ? { layer, id } : null;
  }

  /** Say whether a record counts as new: in since this tab opened, and within ten minutes. */
  isNew(item, within = 600000) {
    return !this.parsed.known && item.id > this.baseline && this.now() - item.recorded < within;
  }
}
