/** What was done about an incident, on its card: tasked, on scene, closed; each with its time, and a way to say or correct it. */

import { button, el, narrow } from './dom.js';
import { dtg, readTime } from './format.js';
import { get } from './load.js';
import { failure, send } from './send.js';

const FORCES = 'gl-forces';
const LONGEST = 120;

/**
 * Build the part of the card.
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @param {Object} found the record, as the server tells it
 * @param {Object} [response] what was done, where it is newer than the record
 * @returns {HTMLElement}
 */
export function steps(session, link, found, response = found.response) {
  const { may, note, steps: all } = response;
  const box = el('section', { id: 'gl-response', 'aria-label': 'Response', 'data-upto': response.upto });
  const ask = (step) => { box.replaceWith(asking(session, link, found, { response, step })); focused(`[data-form="${step.step}"] input`); };
  if (!may && !all.some(({ taken }) => taken)) return Object.assign(box, { hidden: true });
  const does = (step) => may && button(step.taken ? 'Correct' : step.label, () => ask(step), {
    class: step.taken ? 'gl-quiet' : 'gl-main', 'data-step': step.step, 'aria-label': step.taken ? `Correct ${step.step}` : null,
  });
  if (all.some(({ taken }) => taken)) box.append(el('dl', {}, ...all.flatMap((step) => line(step, does(step)))));
  else box.append(el('div', { class: 'gl-first' }, el('span', { class: 'gl-dim', text: 'Response' }), ...all.map(does)));
  if (note) box.append(el('p', { class: 'gl-dim', text: note }));
  return box;
}

/** Write one step: when, who was tasked, who said so. */
function line({ label, taken, at, to, who }, does) {
  const said = el('span', { class: 'gl-step' });
  if (taken) {
    if (at !== null) said.append(el('b', { class: 'gl-figures', text: dtg(at) }));
    if (to) said.append(el('bdi', { text: to }));
    said.append(el('span', { class: 'gl-dim' }, 'said by ', el('bdi', { text: who })));
  } else said.append(el('span', { class: 'gl-dim', text: 'Not yet' }));
  return [el('dt', { text: label }), el('dd', {}, said, does || '')];
}

/** Build the form of one step in the place of the part. */
function asking(session, link, found, { response, step }) {
  const tasks = step.step === 'tasked';
  const field = (props) => el('input', { type: 'text', autocomplete: 'off', maxlength: LONGEST, dir: 'auto', ...props });
  const to = field({ list: FORCES, placeholder: 'A patrol, a post, or another', value: step.to });
  const at = field({ class: 'gl-figures', spellcheck: 'false', placeholder: `Now, ${dtg(session.now())}`, value: step.at === null ? '' : dtg(step.at) });
  const fault = el('p', { class: 'gl-fault', role: 'alert', hidden: true });
  const save = el('button', { type: 'submit', class: 'gl-main', text: 'Save' });
  const back = step.taken ? button('Take back', () => post({ back: true }), { class: 'gl-quiet' }) : '';
  const form = el('form', { id: 'gl-response', 'data-form': step.step, 'aria-label': `${step.label}, of ${found.title}` },
    el('h3', { text: step.label }),
    tasks ? el('label', {}, 'To', to, el('datalist', { id: FORCES })) : '', el('label', {}, 'At', at), fault,
    el('div', { class: 'gl-row' }, back, button('Cancel', () => leave(), { class: 'gl-quiet' }), save));
  const say = (text) => { fault.textContent = text; fault.hidden = !text; };
  const leave = (now = response, next = step.step) => {
    form.replaceWith(steps(session, link, found, now));
    focused(`#gl-response [data-step="${next}"]`);
  };
  const post = async (what) => {
    save.disabled = true;
    try {
      const said = { layer: found.layer, id: found.id, step: step.step, to: '', at: null, upto: response.upto, back: false, ...what };
      const now = await send(link, 'watch/respond', said);
      leave(now, now.steps.find(({ taken }) => !taken)?.step || step.step);
    } catch (refused) {
      say(failure(refused, 'Not saved'));
      save.disabled = false;
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const when = at.value.trim() ? readTime(at.value, session.now()) : null;
    if (tasks && !to.value.trim()) say('Write who is tasked, such as a patrol or a post.');
    else if (at.value.trim() && when === null) say(`Not understood. Write for example ${dtg(session.now())}, or leave it blank for now.`);
    // A time that was not touched is sent as it was: a group has no seconds.
    else post({ to: to.value, at: step.at !== null && at.value === dtg(step.at) ? step.at : when });
  });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  });
  if (tasks) get('data/forces').then((names) => form.querySelector('datalist').replaceChildren(...names.map((name) => el('option', { value: name })))).catch(() => {});
  return form;
}

function focused(chosen) {
  const found = document.querySelector(chosen);
  found?.focus({ preventScroll: true });
  found?.select?.();
  if (narrow()) found?.scrollIntoView({ block: 'nearest' });
}

/**
 * Bring the part of an open card up to what was said in another tab; a form that is being filled in stays.
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @param {Object} found the record as it is told now
 * @returns {boolean} whether there was anything new
 */
export function renewed(session, link, found) {
  const box = document.getElementById('gl-response');
  if (!box || box.dataset.form || !found.response || Number(box.dataset.upto) >= found.response.upto) return false;
  const at = box.contains(document.activeElement) ? document.activeElement.dataset.step : '';
  box.replaceWith(steps(session, link, found));
  if (at) focused(`#gl-response [data-step="${at}"]`);
  return true;
}
