/** The filter: what is kept, in words, and a panel to choose it. */

import { button, el, later } from './dom.js';
import { popover } from './popover.js';
import { changed } from './view.js';

/**
 * Build the filter.
 * @param {Object} session
 * @returns {{opener: HTMLElement, panel: HTMLElement}}
 */
export function filters(session) {
  const words = el('span', { class: 'gl-words' });
  const opener = el('button', { id: 'gl-filter', type: 'button' }, el('span', { text: 'Filter' }), words);
  const lift = () => session.choose(changed(session.view, { filters: {}, bbox: '', kp: '' }));
  const clear = button('Lift all filters', lift, { class: 'gl-quiet' });
  const fields = session.portrayal.filters.filter((field) => field.choices.length);
  const groups = fields.map((field) => group(session, field));
  const choices = el('div', { class: 'gl-groups' }, el('div', {}, ...groups.map((made) => made.box)));
  const panel = el('div', { id: 'gl-filters', class: 'gl-popover', role: 'dialog', 'aria-label': 'Filter' },
    choices, el('div', { class: 'gl-row' }, clear));
  popover(opener, panel, () => import('./nearby.js').then(({ choose }) => choose(session, choices)).catch(() => {}));
  session.on('view', () => {
    const text = inWords(fields, session.parsed);
    words.textContent = text;
    opener.setAttribute('aria-pressed', String(Boolean(text)));
    opener.title = text ? `Filter: ${text}` : 'Choose what to keep';
    clear.disabled = !(session.parsed.bbox || session.parsed.kp || Object.keys(session.parsed.filters).length);
    groups.forEach((made) => made.mark());
  });
  return { opener, panel };
}

/** Say what is kept, field by field; what is searched for and not listed is said by a chip of its own. */
function inWords(fields, { filters: kept }) {
  return Object.entries(kept).filter(([name, codes]) => codes.length && !/^(post|settlement)$/.test(name)).map(([name, codes]) => {
    const choices = new Map(fields.find((field) => field.name === name)?.choices);
    return codes.map((code) => choices.get(code) || code).join(', ');
  }).join(' · ');
}

function group(session, field) {
  const tell = later(500, () => session.choose(session.view));
  const boxes = field.choices.map(([code, label]) => {
    const input = el('input', { type: 'checkbox', value: code, name: field.name });
    input.addEventListener('change', () => {
      const codes = boxes.filter((box) => box.input.checked).map((box) => box.code);
      session.show(changed(session.view, { filters: { ...session.parsed.filters, [field.name]: codes } }));
      tell();
    });
    return { code, input, line: el('label', { class: 'gl-check' }, input, el('span', { text: label, dir: 'auto' })) };
  });
  return {
    box: el('fieldset', { 'data-field': field.name, class: boxes.length > 12 ? 'gl-wide' : null },
      el('legend', { text: field.label }), el('div', { class: 'gl-choices' }, ...boxes.map((box) => box.line))),
    mark: () => boxes.forEach(({ code, input }) => { input.checked = (session.parsed.filters[field.name] || []).includes(code); }),
  };
}
