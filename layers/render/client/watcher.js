/** The way onto the watch: its button in the strip, the tone beside it, and the place of the log in the panel. */

import { button, el, narrow } from './dom.js';
import { get } from './load.js';
import { failure, send } from './send.js';
import { tone } from './tone.js';
import { changed } from './view.js';

const WORDS = { true: 'Watch log', false: 'Start watch' };
const TITLES = {
  true: 'The log of the watch, and the hand-over',
  false: 'Begin a watch now: the span runs from this moment, the alert tone sounds, the log opens',
};

/**
 * Build the buttons and the place that the log takes.
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @returns {{box: HTMLElement, place: HTMLElement, ready: function(Object): void, close: function(): boolean}}
 */
export function watcher(session, link) {
  const { mission } = session;
  const place = el('section', { id: 'gl-watch', 'aria-label': 'Watch', hidden: true });
  const bell = tone(session);
  const opener = button('', () => (mission.watch_started ? turn() : start()), { id: 'gl-watch-open', 'aria-controls': 'gl-watch' });
  const fault = el('span', { id: 'gl-watch-fault', class: 'gl-fault', role: 'alert' });
  const box = el('div', { class: 'gl-group', id: 'gl-on-watch', role: 'group', 'aria-label': 'Watch', hidden: !mission.may_watch }, opener, bell.box, fault);
  let [parts, log] = [null, null];
  const on = () => !place.hidden;
  const mark = () => {
    opener.textContent = WORDS[Boolean(mission.watch_started)];
    opener.title = TITLES[Boolean(mission.watch_started)];
    opener.setAttribute('aria-expanded', String(on()));
  };
  const show = async (told) => {
    parts.right.show('watch');
    if (narrow()) parts.right.stand('full');
    mark();
    try {
      log ??= await import('./watch.js').then((code) => code.watch(session, link, { place, begin: start, close }));
      log.take(told || await get('data/watch'));
      log.focus();
    } catch (refused) {
      place.replaceChildren(el('p', { class: 'gl-empty gl-fault', role: 'alert', text: failure(refused, 'The log cannot be read') }));
      log = null;
    }
  };
  const close = () => {
    if (!on()) return false;
    parts.right.show('feed');
    if (narrow()) parts.right.stand('peek');
    mark();
    opener.focus({ preventScroll: true });
    return true;
  };
  const turn = () => { if (on()) close(); else show(); };
  const start = async () => {
    bell.permit();
    opener.disabled = true;
    fault.textContent = '';
    try {
      const told = await send(link, 'watch/start', {});
      mission.watch_started = true;
      session.choose(changed(session.view, { last: 'watch', from: '', to: '', known: '' }));
      await show(told);
    } catch (refused) {
      fault.textContent = failure(refused, 'Not started');
    }
    opener.disabled = false;
  };
  session.on('watch', async () => {
    mission.watch_started = true;
    mark();
    if (session.parsed.last === 'watch' && !session.parsed.from && !session.parsed.to) session.emit('changed', {});
    if (log && on()) log.take(await get('data/watch').catch(() => null));
  });
  session.on('log', async () => { if (log && on()) log.take(await get('data/watch').catch(() => null)); });
  session.on('select', () => setTimeout(mark));
  mark();
  return { box, place, close, ready: (given) => { parts = given; } };
}
