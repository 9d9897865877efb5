/** The strip: how long a span, which filter, how many, and what time it is. */

import { button, el, icon } from './dom.js';
import { clock, count, day, dtg, local, readTime } from './format.js';
import { known } from './known.js';
import { closePopover, popover } from './popover.js';
import { changed, moment } from './view.js';

const SPANS = [['1h', '1h', 'Last hour'], ['6h', '6h', 'Last 6 hours'], ['24h', '24h', 'Last 24 hours'], ['7d', '7d', 'Last 7 days'],
  ['watch', 'Watch', 'Since the watch began'], ['all', 'All', 'The whole record']];
const PAUSE = 'M-3.5-6V6M3.5-6V6';
const RUN = 'M-4-6.5L6 0L-4 6.5Z';

/**
 * Build the strip.
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @param {HTMLElement} filter the filter's button
 * @param {HTMLElement} watch the watch's buttons
 * @returns {{box: HTMLElement, panels: HTMLElement[], summed: function(Object): void}}
 */
export function strip(session, link, filter, watch) {
  const spans = presets(session);
  const custom = customSpan(session);
  const past = known(session);
  const late = recorded(session);
  const total = el('output', { id: 'gl-count', 'aria-live': 'off' });
  const times = clocks(session, link);
  const box = el('div', { id: 'gl-strip', role: 'toolbar', 'aria-label': 'Time and filter' },
    el('div', { class: 'gl-group', id: 'gl-presets', role: 'group', 'aria-label': 'Span' }, ...spans.buttons, custom.opener),
    late, past.box, filter, total, el('span', { class: 'gl-space' }), watch, ...times);
  const mark = () => {
    if (session.playing) return;
    const own = Boolean(session.parsed.from || session.parsed.to);
    spans.mark(own ? '' : session.parsed.last);
    custom.opener.setAttribute('aria-pressed', String(own));
    custom.opener.textContent = own ? spanned(session.parsed, session.now()) : 'Custom';
  };
  session.on('view', mark);
  session.on('counted', (sum) => say(total, sum));
  hint(box);
  return { box, panels: [custom.panel, past.panel], summed: (sum) => say(total, sum) };
}

/** Mark the sides to which the strip goes on; the style sheet lets it fade there. */
function hint(box) {
  const look = () => {
    const rest = box.scrollWidth - box.clientWidth - box.scrollLeft;
    box.dataset.more = [box.scrollLeft > 1 && 'left', rest > 1 && 'right'].filter(Boolean).join(' ');
  };
  const sizes = new ResizeObserver(look);
  for (const part of [box, ...box.children]) sizes.observe(part);
  box.addEventListener('scroll', look, { passive: true });
}

/** Write the count, and how it stands against the same span before; nothing where it is not known. */
function say(total, { count: number, previous }) {
  if (number === null) {
    total.replaceChildren();
    total.title = '';
    return;
  }
  const change = previous === null || previous === undefined ? null : number - previous;
  const words = change === null ? '' : change === 0 ? 'as on the period before'
    : `${change > 0 ? '▲' : '▼'}${count(Math.abs(change))} on the period before`;
  total.replaceChildren(el('b', { text: count(number) }), el('span', { text: words && `, ${words}` }));
  total.title = `${count(number)} ${number === 1 ? 'incident' : 'incidents'} in this view`;
}

/** Write a custom span; the year only where it is not this one. */
function spanned({ from, to }, now) {
  const year = dtg(now).slice(-2);
  const end = (text) => (text ? dtg(Date.parse(text)).replace(new RegExp(` ${year}$`), '') : '');
  return from && to ? `${end(from)} – ${end(to)}` : from ? `From ${end(from)}` : `Until ${end(to)}`;
}

/** Say that the record ended long ago, and that the map therefore shows its last days. */
function ended({ mission, view }) {
  const shown = view === mission.default_view ? ': its last 90 days are shown' : '';
  return `Record ended ${day(mission.record_ends)} ${new Date(mission.record_ends).getUTCFullYear()}${shown}`;
}

/** Say that the span is of when reports were recorded, and offer the usual way. */
function recorded(session) {
  const title = 'The span is of when reports were recorded. Press for when they occurred.';
  const usual = button('Recorded ×', () => session.choose(changed(session.view, { by: '' })), { id: 'gl-recorded', title });
  const mark = () => { usual.hidden = session.parsed.by !== 'recorded'; };
  session.on('view', mark);
  mark();
  return usual;
}

function presets(session) {
  const table = SPANS.map(([last, text, title]) => [last, button(text, () => {
    closePopover();
    session.choose(changed(session.view, { last, from: '', to: '' }));
  }, { title, 'data-span': last })]);
  return {
    buttons: table.map(([, made]) => made),
    mark: (now) => table.forEach(([last, made]) => made.setAttribute('aria-pressed', String(last === now))),
  };
}

function customSpan(session) {
  const opener = el('button', { type: 'button', id: 'gl-custom', title: 'From and to' }, 'Custom');
  const field = (name, placeholder) => el('input', { id: `gl-${name}`, placeholder, autocomplete: 'off', spellcheck: 'false', maxlength: 40 });
  const [from, to] = [field('from', 'the beginning'), field('to', 'now, and what comes in')];
  const fault = el('p', { class: 'gl-fault', role: 'alert' });
  const form = el('form', { id: 'gl-span', class: 'gl-popover gl-times', 'aria-label': 'Custom span' },
    el('label', {}, 'From', from), el('label', {}, 'To', to), fault,
    el('div', { class: 'gl-row' }, el('button', { type: 'submit', class: 'gl-main' }, 'Show')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const [start, end] = [from, to].map((input) => (input.value.trim() ? readTime(input.value, session.now()) : undefined));
    fault.textContent = start === null || end === null ? `Not understood. Write for example ${dtg(session.now())}.`
      : start === undefined && end === undefined ? 'Write at least one of the two.'
        : start && end && start >= end ? 'It ends before it begins. Exchange the two.' : '';
    if (fault.textContent) return;
    closePopover();
    session.choose(changed(session.view, { from: start ? moment(start) : '', to: end ? moment(end) : '' }));
  });
  popover(opener, form, () => {
    const { from: start, to: end } = session.parsed;
    from.value = dtg(start ? Date.parse(start) : session.now() - 86400000);
    to.value = end ? dtg(Date.parse(end)) : '';
    fault.textContent = '';
  });
  return { opener, panel: form };
}

function clocks(session, link) {
  const { mission } = session;
  const live = el('span', { id: 'gl-live', role: 'status', 'data-live': 'wait', text: 'Connecting' });
  const big = el('time', { id: 'gl-dtg' });
  const small = el('span', { id: 'gl-local' });
  const pause = el('button', { id: 'gl-clock', type: 'button' });
  const words = () => (session.playing ? 'Playing' : session.parsed.known ? 'Past picture'
    : session.clock.state === 'paused' ? 'Exercise paused' : 'Live');
  const set = (state, text) => { live.dataset.live = state; live.textContent = text; };
  const linked = () => set(session.parsed.known ? 'past' : 'live', words());
  const again = () => ['live', 'past'].includes(live.dataset.live) && linked();
  const write = () => {
    const now = session.now();
    if (big.textContent !== dtg(now)) big.textContent = dtg(now);
    const text = mission.ended && mission.record_ends ? ended(session) : local(now, mission);
    if (small.textContent !== text) small.textContent = text;
  };
  session.on('clock', ({ state }) => {
    write();
    const running = state !== 'paused';
    pause.hidden = state === 'none';
    if (pause.dataset.clock === state) return;
    pause.dataset.clock = state;
    pause.title = running ? 'Pause the exercise: no new reports' : 'Let the exercise go on';
    again();
    pause.setAttribute('aria-label', pause.title);
    pause.replaceChildren(icon(running ? PAUSE : RUN, { size: 14, fill: running ? 'none' : 'currentColor', width: running ? 3 : 1 }));
  });
  pause.addEventListener('click', () => link().say({ clock: session.clock.state === 'paused' ? 'run' : 'pause' }));
  session.on('hello', linked);
  session.on('play', again);
  session.on('view', again);
  session.on('link', ({ lost, at }) => (lost ? set('lost', `Lost ${clock(at)}`) : linked()));
  setInterval(write, 1000);
  session.tick(session.now(), session.clock.state);
  return [live, big, small, pause];
}
