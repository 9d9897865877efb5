/** Keeping an answer: it is given a name and is a layer for everyone from then on, until someone drops it. */

import { button, el } from './dom.js';
import { dressed } from './relation.js';
import { failure, send } from './send.js';

const LONGEST = 60;
const TAKEN_BACK = 'taken back just after it was kept';

/**
 * Build the field that names an answer, and what it says of itself.
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @returns {{box: HTMLElement, open: function(string): void, close: function(): void, moved: function(): void}} `moved` forgets
 *   what was said of the answer before; a name that is being written stays
 */
export function keeper(session, link) {
  const name = el('input', { id: 'gl-keep-name', maxlength: LONGEST, autocomplete: 'off', dir: 'auto' });
  const says = el('p', { id: 'gl-kept', role: 'status' });
  const store = el('button', { type: 'submit', class: 'gl-main' }, 'Keep');
  const form = el('form', { id: 'gl-keep', hidden: true }, el('label', { for: 'gl-keep-name', text: 'Name of the layer' }),
    el('div', { class: 'gl-row' }, name, store));
  const say = (words, tone = '', ...more) => {
    says.replaceChildren(el('span', { text: words }), ...more);
    says.dataset.tone = tone;
  };
  const undo = async (layer, title) => {
    try {
      await send(link, 'keep/drop', { layer, reason: TAKEN_BACK });
      say(`${title} is no longer kept.`);
      session.emit('layers');
    } catch (fault) {
      say(failure(fault, 'Not taken back'), 'fault');
    }
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const title = name.value.trim();
    if (!title) {
      say('Not kept: it has no name. Write one.', 'fault');
      name.focus();
      return;
    }
    store.disabled = true;
    try {
      const { layer } = await send(link, 'keep', { name: title, view: session.view });
      form.hidden = true;
      say(`Kept as ${title}, for everyone.`, 'done', button('Undo', () => undo(layer, title), { id: 'gl-keep-undo', class: 'gl-quiet' }));
      says.lastChild.focus({ preventScroll: true });
      session.emit('layers');
    } catch (fault) {
      say(failure(fault, 'Not kept'), 'fault');
    } finally {
      store.disabled = false;
    }
  });
  const close = () => {
    form.hidden = true;
    say('');
  };
  return {
    box: el('div', {}, form, says), close,
    moved: () => { if (form.hidden) say(''); },
    open: (words) => {
      if (!form.hidden) return close();
      say('');
      name.value = words.slice(0, LONGEST);
      form.hidden = false;
      name.select();
      return name.focus();
    },
  };
}

/**
 * Ask why a kept answer is dropped, and drop it.
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @param {{id: string, title: string}} layer
 */
export async function drop(session, link, layer) {
  await dressed();
  const reason = el('input', { id: 'gl-drop-reason', maxlength: 200, autocomplete: 'off', required: true, dir: 'auto' });
  const fault = el('p', { class: 'gl-fault', role: 'alert' });
  const leave = button('Leave it', () => dialog.close(), { class: 'gl-quiet' });
  const form = el('form', {}, el('h2', { id: 'gl-drop-title', text: `Drop ${layer.title}?`, dir: 'auto' }),
    el('p', { class: 'gl-dim', text: 'It leaves every map. The incidents in it stay as they are, and the record keeps that it was there.' }),
    el('label', { for: 'gl-drop-reason', text: 'Reason' }), reason, fault,
    el('div', { class: 'gl-row' }, leave, el('button', { type: 'submit', class: 'gl-main' }, 'Drop')));
  const dialog = el('dialog', { id: 'gl-drop', 'aria-labelledby': 'gl-drop-title' }, form);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await send(link, 'keep/drop', { layer: layer.id, reason: reason.value.trim() });
      dialog.close();
      session.emit('layers');
    } catch (failed) {
      fault.textContent = failure(failed, 'Not dropped');
    }
  });
  // Esc closes what is asked here and nothing behind it.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('close', () => dialog.remove());
  document.getElementById('gl').append(dialog);
  dialog.showModal();
}
