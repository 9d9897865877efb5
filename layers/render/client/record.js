/** A record in words: its times, place, fields, text and history. */

import { button, el } from './dom.js';
import { distance, dtg, local } from './format.js';
import { styled } from './load.js';
import { steps } from './steps.js';

// A record without its style can be read as well.
await styled('record').catch(() => {});

/**
 * Return what the card shows of a record.
 * @param {Object} session
 * @param {Object} found the record, as the server tells it
 * @param {{show: function(Object): void, go: function(Object): void, lay: function(string[], Object): void,
 *   link: import('./link.js').Link}} does
 * @returns {Array<HTMLElement|string>}
 */
export function written(session, found, does) {
  return [
    el('p', { class: 'gl-marking' }, el('span', { text: found.marking }), el('span', { text: found.layer_title || '' })),
    el('h2', { text: found.title, dir: 'auto' }),
    found.response ? steps(session, does.link, found) : '',
    el('dl', {}, ...[
      time(session, 'Occurred', found.occurred), time(session, 'Reported', found.reported), time(session, 'Recorded', found.recorded),
      place(found), ...found.rows.map(({ label, value, rule, to, lay }) => row(label,
        to || lay ? button(value, () => (to ? does.go(to) : does.lay(lay, found)), { class: 'gl-quiet', dir: 'auto' })
          : el('span', { text: value, dir: 'auto' }),
        rule ? el('span', { class: 'gl-linked gl-dim', text: rule, dir: 'auto' }) : '')),
      linked(found),
    ].filter(Boolean).flat()),
    found.text ? el('p', { class: 'gl-text', text: found.text, dir: 'auto' }) : '',
    el('div', { class: 'gl-row' }, button('Show on the map', () => does.show(found), { class: 'gl-quiet' })),
    el('h3', { text: 'History' }),
    history(found),
  ];
}

/**
 * Return the history of a record.
 * @param {Object} found
 * @returns {HTMLElement}
 */
export function history(found) {
  return el('ol', { class: 'gl-history' }, ...found.history.map(version));
}

function row(label, ...value) {
  return [el('dt', { text: label }), el('dd', {}, ...value)];
}

/** Write a time twice: as a group, and as the mission's clocks show it. */
function time({ mission }, label, ms) {
  if (ms === null || ms === undefined) return null;
  return row(label, el('span', { class: 'gl-figures' },
    el('b', { text: dtg(ms) }), el('span', { class: 'gl-dim', text: local(ms, mission) })));
}

function place({ grid, latlon, precision_m: metres }) {
  if (!grid) return null;
  return row('Position', el('span', { class: 'gl-figures' }, el('b', { text: grid }), el('span', { class: 'gl-dim', text: latlon }),
    el('span', { class: 'gl-dim', text: metres ? `within ${distance(metres)} · WGS 84` : 'WGS 84' })));
}

/** Say which event a record tells of, and what the others linked to it are. */
function linked({ event }) {
  if (!event) return null;
  const others = event.records.map(({ occurred, title, cells }) => [occurred, title, cells.Source].filter(Boolean).join(' · '));
  return row('Event', el('span', { dir: 'auto' }, el('span', { text: event.name }),
    ...others.map((text) => el('span', { class: 'gl-linked gl-dim', text, dir: 'auto' }))));
}

function version({ recorded, change, changes = [], act, reason, who, batch, row: at, file }) {
  const from = [who, act, batch && `batch ${batch}`, file, at && `row ${at}`].filter(Boolean).join(' · ');
  return el('li', {}, el('b', { class: 'gl-figures', text: dtg(recorded) }),
    ...(changes.length ? changes.map(step) : [el('bdi', { text: change })]),
    reason ? el('bdi', { class: 'gl-reason', text: `“${reason}”` }) : '',
    el('span', { class: 'gl-dim', text: from, dir: 'auto' }));
}

function step({ label, before, after }) {
  return el('bdi', { text: `${label}: ${before || 'blank'} → ${after || 'blank'}` });
}
