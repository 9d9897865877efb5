/** One question as a readable sentence of controls: what, standing how, how near, to what. */

import { el } from './dom.js';
import { reached, REACHING } from './relation.js';

const MOST = 500000;
const FIRST = 500;
const KINDS = { within: 'within', beyond: 'farther than', inside: 'in', crossing: 'that cross', side: 'on a side of' };
const TICKS = [50, 500, 5000, 50000];
const WRONG = 'Write metres as a whole number from 0 to 500,000.';

/** The distances of the slider: ten to a decade, 50 m to 50 km. */
export const STEPS = [...[1, 2, 3].flatMap((power) => [5, 6, 8, 10, 12, 15, 20, 25, 30, 40].map((part) => part * 10 ** power)), 50000];

/**
 * Find the step of the slider that is nearest by proportion.
 * @param {number} metres
 * @returns {number} its index
 */
export function stepped(metres) {
  const away = (step) => Math.abs(Math.log(Math.max(metres, 1) / step));
  return STEPS.reduce((best, step, i) => (away(step) < away(STEPS[best]) ? i : best), 0);
}

/**
 * Build the sentence.
 * @param {function(string): boolean} first whether a layer may be what is asked of before anyone chose
 * @param {function(Object): void} asked called with the relation at every change
 * @returns {{box: HTMLElement, relation: function(): Object|null, set: function(Object): void, offer: function(Object): void}}
 */
export function sentence(first, asked) {
  const choose = (name, label) => el('select', { id: `gl-q-${name}`, 'aria-label': label });
  const parts = {
    subject: choose('subject', 'Of which layer'), kind: choose('kind', 'Standing how'), other: choose('other', 'To which layer'),
    feature: choose('feature', 'To which of it'), side: choose('side', 'On which side'),
  };
  const near = distance((metres) => change({ metres }));
  const box = el('form', { id: 'gl-question', 'aria-label': 'Question' }, el('div', { class: 'gl-sentence' },
    parts.subject, parts.kind, near.box, parts.other, parts.feature, parts.side), near.slider, near.fault);
  let [offered, now] = [null, null];
  const kinds = (subject, other) => offered.relations[subject]?.[other] || [];
  const write = () => {
    const others = offered.others.filter(({ id }) => kinds(now.subject, id).length);
    const other = others.find(({ id }) => id === now.other);
    fill(parts.subject, offered.subjects.map(({ id, title }) => [id, title]), now.subject);
    const point = offered.subjects.find(({ id }) => id === now.subject)?.geometry === 'point';
    const said = (kind) => (kind === 'inside' && !point ? 'that touch or lie in' : KINDS[kind] || kind);
    fill(parts.kind, kinds(now.subject, now.other).map((kind) => [kind, said(kind)]), now.kind);
    fill(parts.other, others.map(({ id, title }) => [id, title]), now.other);
    fill(parts.feature, [['', 'any of them'], ...(other?.features || [])], now.feature);
    fill(parts.side, other?.sides || [], now.side);
    parts.side.hidden = now.kind !== 'side';
    near.show(REACHING.includes(now.kind), now.kind === 'beyond' ? 'm from' : 'm of');
    near.set(now.metres);
  };
  const change = (what) => {
    if (!offered) return;
    now = fitting({ ...now, ...what }, offered, kinds);
    write();
    asked(now);
  };
  for (const [name, input] of Object.entries(parts)) {
    input.addEventListener('change', () => change({ [name]: input.value, ...(name === 'other' ? { feature: '' } : {}) }));
  }
  box.addEventListener('submit', (event) => {
    event.preventDefault();
    if (now) asked(now);
  });
  return {
    box,
    relation: () => now,
    set: (relation) => {
      now = { ...relation, metres: REACHING.includes(relation.kind) ? relation.metres : now?.metres ?? FIRST };
      if (offered) write();
    },
    offer: (relations) => {
      offered = relations;
      const subject = offered.subjects.find(({ id }) => first(id))?.id || offered.subjects[0]?.id;
      if (subject) now ??= fitting({ subject, kind: '', other: '', metres: FIRST, feature: '', side: '' }, offered, kinds);
      if (now) write();
    },
  };
}

/** Make a question one that can be asked: what does not go together gives way to the first that does. */
function fitting(asked, { others }, kinds) {
  const made = { ...asked };
  const there = others.filter(({ id }) => kinds(made.subject, id).length);
  if (!there.some(({ id }) => id === made.other)) {
    made.other = (there.find(({ geometry }) => geometry === 'line') || there[0])?.id || '';
    made.feature = '';
  }
  const possible = kinds(made.subject, made.other);
  if (!possible.includes(made.kind)) made.kind = possible[0] || '';
  const sides = there.find(({ id }) => id === made.other)?.sides || [];
  if (made.kind !== 'side') made.side = '';
  else if (!sides.some(([code]) => code === made.side)) made.side = sides[0]?.[0] || '';
  return made;
}

/** Give a select its options, where they are others; what is chosen stays, even where it is not offered now. */
function fill(select, pairs, value) {
  const all = pairs.some(([code]) => code === value) ? pairs : [...pairs, [value, value]];
  const text = JSON.stringify(all);
  if (select.dataset.offers !== text) {
    select.dataset.offers = text;
    select.replaceChildren(...all.map(([code, label]) => el('option', { value: code, text: label, dir: 'auto' })));
  }
  select.value = value;
}

/** Build the two ways to say how near: a number, and a slider whose steps grow with the distance. */
function distance(moved) {
  const number = el('input', { id: 'gl-q-metres', type: 'number', min: 0, max: MOST, step: 'any', inputmode: 'numeric', 'aria-label': 'Distance in metres', 'aria-describedby': 'gl-q-fault' });
  const range = el('input', { id: 'gl-q-slide', type: 'range', min: 0, max: STEPS.length - 1, step: 1, 'aria-label': 'Distance' });
  const fault = el('p', { id: 'gl-q-fault', class: 'gl-fault', 'aria-live': 'polite' });
  const ticks = el('div', { class: 'gl-ticks', 'aria-hidden': 'true' }, ...TICKS.map((metres) => el('span', { text: reached(metres) })));
  const slider = el('div', { class: 'gl-slide' }, range, ticks);
  const unit = el('span');
  const box = el('span', { class: 'gl-metres' }, number, unit);
  const said = (wrong) => {
    fault.textContent = wrong ? WRONG : '';
    if (wrong) number.setAttribute('aria-invalid', 'true'); else number.removeAttribute('aria-invalid');
  };
  range.addEventListener('input', () => {
    said(false);
    moved(STEPS[range.valueAsNumber]);
  });
  number.addEventListener('input', () => {
    const metres = number.valueAsNumber;
    const right = Number.isInteger(metres) && metres >= 0 && metres <= MOST;
    said(!right);
    if (right) moved(metres);
  });
  return {
    box, slider, fault,
    show: (on, words) => {
      box.hidden = slider.hidden = !on;
      unit.textContent = ` ${words}`;
    },
    set: (metres) => {
      if (document.activeElement !== number) number.value = String(metres);
      if (STEPS[range.valueAsNumber] !== metres) range.value = String(stepped(metres));
      range.setAttribute('aria-valuetext', reached(metres));
    },
  };
}
