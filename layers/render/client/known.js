/** Known at: the picture as the mission had it at an earlier time, said plainly for as long as it is shown. */

import { button, el } from './dom.js';
import { dtg, readTime } from './format.js';
import { get } from './load.js';
import { closePopover, popover } from './popover.js';
import { changed, moment } from './view.js';

const MINUTE = 60000;

/**
 * Build the entry, the words that stand in its place while a past picture is shown, and the way back.
 * @param {Object} session
 * @returns {{box: HTMLElement, panel: HTMLElement}}
 */
export function known(session) {
  const opener = el('button', { type: 'button', id: 'gl-known', title: 'What was known at an earlier time' }, 'Known at');
  const back = button('×', () => session.quiet(changed(session.view, { known: '' })), { id: 'gl-now', title: 'Return to now', 'aria-label': 'Return to now' });
  const box = el('div', { class: 'gl-group', id: 'gl-past' }, opener, back);
  const input = el('input', { id: 'gl-moment', placeholder: '0600Z', autocomplete: 'off', spellcheck: 'false', maxlength: 40 });
  const fault = el('p', { class: 'gl-fault', role: 'alert' });
  const panel = el('form', { id: 'gl-known-at', class: 'gl-popover gl-times', 'aria-label': 'Known at' }, el('label', {}, 'Known at', input),
    el('p', { class: 'gl-dim', text: 'Everything is shown as it was recorded by then. 0600Z is the last one that has passed.' }),
    fault, el('div', { class: 'gl-row' }, el('button', { type: 'submit', class: 'gl-main' }, 'Show')));
  panel.addEventListener('submit', async (event) => {
    event.preventDefault();
    const asked = readTime(input.value, session.now());
    fault.textContent = asked === null ? `Not understood. Write for example 0600Z or ${dtg(session.now())}.` : await unknowable(asked, session);
    if (fault.textContent) return;
    closePopover();
    session.quiet(changed(session.view, { known: moment(asked - asked % MINUTE) }));
  });
  popover(opener, panel, () => {
    input.value = session.parsed.known ? dtg(Date.parse(session.parsed.known)) : '';
    fault.textContent = '';
  });
  const mark = () => {
    const then = session.parsed.known;
    document.documentElement.toggleAttribute('data-known', Boolean(then));
    opener.textContent = then ? `As known at ${dtg(Date.parse(then))}` : 'Known at';
    opener.setAttribute('aria-pressed', String(Boolean(then)));
    back.hidden = !then;
  };
  session.on('view', mark);
  mark();
  return { box, panel };
}

/** Say why nothing can be told of what was known at a time; blank where it can. */
async function unknowable(asked, session) {
  const now = session.now();
  if (asked > now) return `${dtg(asked)} lies in the future. Choose a time up to ${dtg(now)}.`;
  const { record_began: began } = session.mission.record_began ? session.mission : await get('data/mission').catch(() => session.mission);
  if (!began) return 'Nothing is recorded yet, so nothing was known.';
  const first = Math.ceil(began / MINUTE) * MINUTE;
  return asked < first ? `Nothing was known then: the record begins ${dtg(first)}. Choose a later time.` : '';
}
