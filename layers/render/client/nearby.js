/** What is kept by chainage and by what lies nearest: chosen in the filter, and in the strip the words that lift it. */

import { chip } from './chip.js';
import { el, later } from './dom.js';
import { count } from './format.js';
import { newest, Refused } from './load.js';
import { dressed } from './relation.js';
import { changed, quoted, unquoted } from './view.js';

const NEAREST = ['post', 'settlement'];
const SETTLED = 500;
const TYPED = 200;
const SILENCE = 'The server does not answer. Open the filter again to choose by place.';
const made = new WeakMap();

/**
 * Say in the strip what a view keeps by place, and let it be lifted.
 * @param {{session: Object, filter: HTMLElement}} parts
 */
export async function furnish({ session, filter }) {
  await dressed();
  const lift = () => session.quiet(changed(session.view, { kp: '', filters: lifted(session.parsed.filters) }));
  const only = chip({ id: 'gl-near', name: 'Only by place', lift });
  const words = newest('data/near/words');
  const say = async () => {
    only.say(keeps(session) ? 'Only by place' : '');
    if (!keeps(session)) return;
    const found = await words({ v: session.view }).catch(() => null);
    if (found && keeps(session)) only.say(`Only ${found.words}`);
  };
  filter.after(only.box);
  session.on('view', say);
  say();
}

/**
 * Fill in what may be chosen by place.
 * @param {Object} session
 * @param {HTMLElement} groups where the other choices stand
 */
export async function choose(session, groups) {
  if (!made.has(groups)) made.set(groups, new Choice(session, groups));
  await made.get(groups).fill();
}

/** The choices, made at the first answer and filled anew whenever the filter opens. */
class Choice {
  constructor(session, groups) {
    const tell = later(SETTLED, () => session.choose(session.view));
    const show = (changes) => {
      session.show(changed(session.view, changes));
      tell();
    };
    Object.assign(this, { session, show, parts: new Map(), near: newest('data/near'), texts: {} });
    this.fault = el('p', { class: 'gl-fault', role: 'alert' });
    this.box = el('div', { class: 'gl-nearby' }, this.fault);
    groups.append(this.box);
    this.again = later(TYPED, () => this.fill());
    session.on('view', () => { for (const part of this.parts.values()) part.mark(); });
  }

  async fill() {
    try {
      await dressed();
      const found = await this.near({ v: this.session.view, ...this.texts });
      if (!found) return;
      this.fault.textContent = '';
      if (found.lines.length) this._part('kp', () => stretch(this.session, this.show)).fill(found.lines);
      for (const field of found.filters) this._part(field.name, () => closest(this, field)).fill(field);
    } catch (fault) {
      this.fault.textContent = fault instanceof Refused ? fault.message : SILENCE;
    }
  }

  _part(name, make) {
    if (!this.parts.has(name)) {
      this.parts.set(name, make());
      this.box.append(this.parts.get(name).box);
    }
    return this.parts.get(name);
  }
}

/** Choose a stretch of a line. */
function stretch(session, show) {
  let [longest, marked] = [new Map(), null];
  const line = el('select', { 'aria-label': 'Line' });
  const [from, to] = ['From KP', 'To KP'].map((label) => el('input', { inputmode: 'decimal', autocomplete: 'off', 'aria-label': label, placeholder: label }));
  const fault = el('p', { class: 'gl-fault', role: 'alert' });
  const say = (wrong) => {
    fault.textContent = wrong ? `Write kilometres from 0 to ${longest.get(line.value)}, the lower one first.` : '';
    for (const input of [from, to]) input.toggleAttribute('aria-invalid', wrong);
  };
  const asked = () => {
    const texts = [from, to].map((input) => input.value.trim().replace(',', '.'));
    const [first, last] = texts.map(Number);
    const right = texts.every((text) => /^\d+(\.\d+)?$/.test(text)) && first <= last && last <= 20000;
    say(texts.every(Boolean) && !right);
    if (right) show({ kp: [quoted(line.value), ...[first, last].map((km) => String(Number(km.toFixed(3))))].join(',') });
    else if (!texts.some(Boolean) && session.parsed.kp) show({ kp: '' });
  };
  for (const input of [line, from, to]) input.addEventListener('change', asked);
  const mark = () => {
    const { kp } = session.parsed;
    // What is being written stays until the view keeps another stretch.
    if (kp === marked) return;
    marked = kp;
    const [of, first = '', last = ''] = kp.split(',').map(unquoted);
    if (longest.has(of)) line.value = of;
    [from.value, to.value] = [first, last];
    say(false);
  };
  return {
    box: el('fieldset', { 'data-field': 'kp' }, el('legend', { text: 'Chainage' }), line, el('div', { class: 'gl-stretch' }, from, to), fault),
    mark,
    fill: (lines) => {
      const was = line.value;
      longest = new Map(lines.map(([of, , km]) => [of, km]));
      line.replaceChildren(...lines.map(([of, name, km]) => el('option', { value: of, text: `${name}, ${km} km`, dir: 'auto' })));
      const asked = unquoted(session.parsed.kp.split(',')[0]);
      line.value = [asked, was, lines[0][0]].find((of) => longest.has(of));
      mark();
    },
  };
}

/** Choose among the posts or the settlements that lie nearest: few of many, the others are searched for. */
function closest({ session, show, texts, again }, { name, label }) {
  let boxes = [];
  const find = el('input', { type: 'search', autocomplete: 'off', spellcheck: 'false', maxlength: 200, placeholder: 'Search by name', 'aria-label': `${label}: search by name` });
  const listed = el('div', { class: 'gl-choices' });
  const note = el('p', { class: 'gl-dim', role: 'status' });
  find.addEventListener('input', () => {
    texts[name] = find.value;
    again();
  });
  const mark = () => boxes.forEach((input) => { input.checked = (session.parsed.filters[name] || []).includes(input.value); });
  const chosen = ({ target }) => {
    const others = (session.parsed.filters[name] || []).filter((code) => code !== target.value);
    show({ filters: { ...session.parsed.filters, [name]: target.checked ? [...others, target.value] : others } });
  };
  return {
    box: el('fieldset', { 'data-field': name }, el('legend', { text: label }), find, listed, note),
    mark,
    fill: ({ more, choices }) => {
      boxes = choices.map(([code]) => el('input', { type: 'checkbox', value: code, name, on: { change: chosen } }));
      listed.replaceChildren(...boxes.map((input, n) => el('label', { class: 'gl-check' }, input, el('span', { text: choices[n][1], dir: 'auto' }))));
      note.textContent = said(more, choices.length);
      find.hidden = !find.value && !more;
      mark();
    },
  };
}

function said(more, shown) {
  if (more) return `${count(more)} more. Search by name.`;
  return shown ? '' : 'None of that name. Search for another.';
}

function keeps({ parsed: { kp, filters } }) {
  return Boolean(kp) || NEAREST.some((name) => filters[name]?.length);
}

function lifted(filters) {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => !NEAREST.includes(name)));
}
