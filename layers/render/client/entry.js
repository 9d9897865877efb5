/** One field of the Report form: its label, its input, and what is said of it. */

import { el, narrow } from './dom.js';

const LONGEST = { prose: 20000 };
const SHOWN = { time: () => '231207Z NOV 26', place: () => (narrow() ? 'Grid in any notation' : 'Any notation, or click the map') };
/** Reasons that go on from the field's name. */
const GOES_ON = /^(is|are|lies|has|may|ends|would|comes|names|holds|seems)\b/;

/**
 * Build the input of a field.
 * @param {{name: string, label: string, kind: string, required: boolean, choices: string[][], default: string}} field
 * @param {string} label what stands above it
 * @returns {{name: string, field: Object, box: HTMLElement, input: HTMLElement, note: function(string): void,
 *   say: function({tone: string, reason: string}|null): void}}
 */
export function entry(field, label = field.label) {
  const id = `gl-report-${field.name}`;
  const common = { id, name: field.name, 'aria-describedby': `${id}-said`, 'aria-required': field.required ? 'true' : null };
  const input = field.kind === 'code' ? chooser(field, common) : el(field.kind === 'prose' ? 'textarea' : 'input', {
    ...common, maxlength: LONGEST[field.kind] || 200, autocomplete: 'off', placeholder: SHOWN[field.kind]?.(), dir: 'auto',
    spellcheck: field.kind === 'prose' ? null : 'false', inputmode: field.kind === 'integer' ? 'numeric' : null,
    rows: field.kind === 'prose' ? 4 : null, type: field.kind === 'prose' ? null : 'text',
  });
  const said = el('p', { id: `${id}-said`, class: 'gl-said-of', 'aria-live': 'polite' });
  const head = el('label', { for: id, text: label, class: field.required ? 'gl-required' : null });
  let [noted, told] = ['', null];
  const write = () => {
    said.textContent = told ? told.words : noted;
    said.dataset.tone = told ? told.tone : '';
    if (told?.tone === 'fault') input.setAttribute('aria-invalid', 'true'); else input.removeAttribute('aria-invalid');
  };
  return {
    name: field.name, field, input,
    box: el('div', { class: 'gl-entry', 'data-kind': field.kind }, head, input, said),
    note: (text) => { noted = text; write(); },
    say: (what) => { told = what && { tone: what.tone, words: sentence(label, what.reason) }; write(); },
  };
}

/**
 * Make a sentence of a field's name and what is said of it.
 * @param {string} label
 * @param {string} reason
 * @returns {string}
 */
export function sentence(label, reason) {
  const whole = GOES_ON.test(reason) ? `${label} ${reason}` : reason;
  return `${whole[0].toUpperCase()}${whole.slice(1)}${/[.?]$/.test(whole) ? '' : '.'}`;
}

/**
 * Put fields one after the other; numbers whose labels begin alike stand in one row under that beginning.
 * @param {Object[]} fields
 * @returns {{entries: ReturnType<typeof entry>[], boxes: HTMLElement[]}}
 */
export function laidOut(fields) {
  const [entries, boxes] = [[], []];
  let row = null;
  for (const field of fields) {
    const [head, rest] = field.kind === 'integer' && field.label.includes(', ') ? field.label.split(/, (.*)/) : ['', ''];
    const made = entry(field, rest ? rest[0].toUpperCase() + rest.slice(1) : field.label);
    entries.push(made);
    if (!head) {
      boxes.push(made.box);
    } else if (row?.dataset.head === head) {
      row.lastChild.append(made.box);
    } else {
      row = el('fieldset', { class: 'gl-numbers', 'data-head': head }, el('legend', { text: head }), el('div', {}, made.box));
      boxes.push(row);
    }
  }
  return { entries, boxes };
}

function chooser(field, common) {
  const none = field.default ? [] : [['', field.required ? 'Choose' : '—']];
  return el('select', common, ...[...none, ...field.choices].map(([code, label]) => el('option', { value: code, text: label })));
}
