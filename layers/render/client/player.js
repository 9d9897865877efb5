/** Playing a span through: a window of a few steps moves along it, and stopping brings the view back. */

import { clock, short } from './format.js';
import { changed, moment } from './view.js';

const PACE = 420;
const WINDOWS = 16;

/**
 * Make the player.
 * @param {Object} session
 * @param {{base: Object, brush: Object|null, head: number[]|null}} state of the time strip
 * @param {{paint: function(): void, says: HTMLElement}} screen
 * @returns {{on: function(): boolean, start: function(): void, stop: function(): boolean}}
 */
export function player(session, state, { paint, says }) {
  let run = null;
  let stepping = false;
  const end = () => {
    run = state.head = null;
    session.playing = false;
    says.textContent = '';
    session.emit('play', false);
    paint();
  };
  const stop = () => {
    if (!run) return false;
    const { view } = run;
    end();
    session.show(view);
    session.emit('changed', { quiet: true });
    return true;
  };
  const start = async () => {
    const mine = run = { view: session.view };
    session.playing = true;
    session.emit('play', true);
    const { start: first, step, counts } = state.base;
    const wide = Math.max(1, Math.round(counts.length / WINDOWS)) * step;
    const whole = [first, first + counts.length * step];
    const [from, to] = state.brush ? [state.brush.from, state.brush.to].map((text) => Date.parse(text)) : whole;
    for (let at = from + step; at <= to && run === mine; at += step) {
      state.head = [Math.max(from, at - wide), at];
      says.textContent = `${short(state.head[0])} – ${clock(at)}`;
      paint();
      stepping = true;
      session.show(changed(mine.view, { from: moment(state.head[0]), to: moment(at) }));
      stepping = false;
      await Promise.all([pause(PACE), drawn(session)]);
    }
    if (run === mine) stop();
  };
  session.on('view', () => { if (run && !stepping) end(); });
  return { on: () => run !== null, start, stop };
}

function pause(wait) {
  return new Promise((done) => setTimeout(done, wait));
}

/** Wait until the step is on the screen, but not for ever. */
async function drawn(session) {
  for (let i = 0; i < 60 && session.progress.pending.size; i++) await pause(25);
}
