/** Playing a span through: a window moves along it, drawn from what is fetched once, and stopping brings the view back. */

import { clock, short } from './format.js';
import { counted, played, still } from './played.js';
import { changed, moment } from './view.js';

/** A span is cut into so many parts, each shown so many milliseconds; the window is a sixteenth of it. */
const BINS = 360;
const PACE = 33;
const WIDE = Math.round(BINS / 16);
/** What is not drawn from those parts (lines, areas) follows so many milliseconds apart. */
const FOLLOW = 1000;

/**
 * Make the player.
 * @param {Object} session
 * @param {{base: Object, brush: Object|null, head: number[]|null, picture: import('./picture.js').Picture}} state of the time strip
 * @param {{paint: function(): void, says: HTMLElement}} screen
 * @returns {{on: function(): boolean, start: function(): void, stop: function(): boolean}}
 */
export function player(session, state, { paint, says }) {
  let run = null;
  let stepping = false;
  const end = (view = null) => {
    run = state.head = null;
    session.playing = false;
    says.textContent = '';
    session.emit('play', false);
    paint();
    if (view) session.show(view);
    still(state.picture.tiles);
  };
  const stop = () => {
    if (!run) return false;
    end(run.view);
    session.emit('changed', { quiet: true });
    return true;
  };
  const follow = (view, from, to) => {
    stepping = true;
    // What is reckoned for a span takes longer than a step, and that of another span must not stand.
    session.show(changed(view, { from: moment(from), to: moment(to), show: [] }));
    stepping = false;
  };
  const start = async () => {
    const mine = run = { view: session.view };
    session.playing = true;
    session.emit('play', true);
    const [from, to] = spanned(state);
    const at = (bin) => from + ((to - from) * bin) / BINS;
    says.textContent = 'Making ready';
    const view = changed(mine.view, { from: moment(from), to: moment(to) });
    const { map, tiles } = state.picture;
    const shown = tiles.filter((layer) => map.hasLayer(layer));
    const [show, count] = await Promise.all([played(shown, view, BINS), counted(shown, view, BINS)]);
    const began = performance.now();
    let [last, followed] = [0, -Infinity];
    while (run === mine && last < BINS) {
      const now = await frame();
      const bin = Math.max(1, Math.min(BINS, Math.floor((now - began) / PACE)));
      if (run !== mine || bin === last) continue;
      last = bin;
      const first = Math.max(0, bin - WIDE);
      state.head = [at(first), at(bin)];
      says.textContent = `${short(state.head[0])} – ${clock(state.head[1])}`;
      paint();
      show(first, bin);
      session.emit('counted', { count: count(first, bin), previous: null });
      if (now - followed < FOLLOW) continue;
      followed = now;
      follow(mine.view, ...state.head);
    }
    if (run === mine) stop();
  };
  session.on('view', () => { if (run && !stepping) end(); });
  return { on: () => run !== null, start, stop };
}

/** Return from when to when is played: what is brushed, or all that the bars show; on whole minutes, as a view says it. */
function spanned({ base, brush }) {
  const whole = [base.start, base.start + base.counts.length * base.step];
  const [from, to] = brush ? [brush.from, brush.to].map((text) => Date.parse(text)) : whole;
  return [from, Math.max(to, from + 60000)].map((ms) => Math.round(ms / 60000) * 60000);
}

function frame() {
  return new Promise((done) => requestAnimationFrame(done));
}
