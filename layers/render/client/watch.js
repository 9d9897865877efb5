/** The log of the watch in the panel: an entry written, those of the last day read, the watch handed over. */

import { button, el, icon } from './dom.js';
import { dtg } from './format.js';
import { address, styled } from './load.js';
import { failure, send } from './send.js';
import { changed } from './view.js';

const BACK = 'M3-7L-4 0L3 7';
const LONGEST = 2000;
const STAYS = 'An entry stays as it is. Correct it by a further one.';
const EMPTY = 'Nothing is written yet. Write above what the next watch should know.';

/**
 * Build the log in its place.
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @param {{place: HTMLElement, begin: function(): void, close: function(): void}} does
 * @returns {Promise<{take: function(Object): void, focus: function(): void}>}
 */
export async function watch(session, link, { place, begin, close }) {
  await styled('watch');
  const since = el('h2', {});
  const text = el('textarea', { id: 'gl-log-text', rows: 3, maxlength: LONGEST, dir: 'auto', 'aria-label': 'Entry', placeholder: 'What happened, what was done' });
  const level = el('select', { id: 'gl-log-marking', 'aria-label': 'Marking of the entry' });
  const fault = el('p', { class: 'gl-fault', role: 'alert', hidden: true });
  const write = el('button', { type: 'submit', class: 'gl-main', text: 'Write' });
  const form = el('form', { id: 'gl-log-form' }, text, fault, el('div', { class: 'gl-row' }, level, write), el('p', { class: 'gl-dim', text: STAYS }));
  const list = el('ol', { id: 'gl-log', class: 'gl-scroll', 'aria-label': 'Log of the last day, the newest entry first' });
  const over = button('Hand over', () => leave(session), { class: 'gl-main', title: 'The hand-over sheet of this watch, to look at and to issue' });
  const anew = button('Start new watch', begin, { class: 'gl-quiet', title: 'Begin a watch now; the span runs from this moment' });
  const back = button('', close, { title: 'Back to the feed (Esc)' });
  back.append(icon(BACK, { size: 14, width: 2 }), 'Feed');
  const quiet = el('ul', { id: 'gl-quiet', 'aria-label': 'Sectors that are quiet for longer than is usual' });
  place.replaceChildren(el('header', {}, back, since), quiet, form, list, el('footer', { class: 'gl-row' }, anew, over));
  let shown = '';

  const take = (told) => {
    const said = JSON.stringify(told);
    if (!told || said === shown) return;
    shown = said;
    since.replaceChildren('Watch since ', el('span', { class: 'gl-figures', text: dtg(told.began) }));
    since.title = told.started ? `Started by ${told.started}` : 'By the hours of the mission';
    quiet.replaceChildren(...told.quiet.map((words) => el('li', { text: words, dir: 'auto', title: 'Longer than 95 % of the silences there' })));
    for (const part of [form, anew]) part.hidden = !told.may;
    if (level.childElementCount !== told.markings.length) {
      level.replaceChildren(...told.markings.map((one) => el('option', { value: one, text: one })));
      level.value = told.marking;
    }
    list.replaceChildren(...(told.entries.length ? told.entries.map((one) => entry(one, told)) : [el('li', { class: 'gl-empty', text: EMPTY })]));
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const say = (words) => { fault.textContent = words; fault.hidden = !words; };
    say('');
    if (!text.value.trim()) { say('Nothing is written. Write an entry first.'); return; }
    write.disabled = true;
    try {
      take(await send(link, 'watch/log', { text: text.value, marking: level.value }));
      text.value = '';
      text.focus();
    } catch (refused) {
      say(failure(refused, 'Not written'));
    }
    write.disabled = false;
  });
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  return { take, focus: () => text.focus({ preventScroll: true }) };
}

function entry({ at, who, text, marking, watch }, { marking: usual }) {
  return el('li', { 'data-watch': watch ? null : 'earlier' },
    el('span', { class: 'gl-line' }, el('b', { class: 'gl-figures', text: dtg(at) }), el('bdi', { class: 'gl-dim', text: who }),
      marking === usual ? null : el('span', { class: 'gl-mark', text: marking })),
    el('span', { class: 'gl-entry-text', text, dir: 'auto' }));
}

/** Open the hand-over sheet of the watch. */
function leave(session) {
  const view = changed(session.view, { last: 'watch', from: '', to: '', known: '' });
  const asked = { v: view, leaf: 'Reports', report: 'Watch hand-over', period: 'Watch' };
  Object.assign(parent.document.createElement('a'), { href: address('briefing', asked) }).click();
}
