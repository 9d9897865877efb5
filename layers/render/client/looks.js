/** What the colours of a scene mean. */

import { el } from './dom.js';

/**
 * Build the legend of a look: its name, what it says, and its colours from least to most.
 * @param {Object} scene as `/data/scenes` lists it
 * @param {string} look its id; the usual one where the scene has none of it
 * @param {Object} [before] the scene on the other side of the divide
 * @returns {HTMLElement|null}
 */
export function legendOf(scene, look, before) {
  const found = chosen(scene, look);
  if (!found) return null;
  const apart = before && stretches(chosen(before, look), found);
  return el('div', { class: 'gl-look' }, el('b', { text: found.title }), ramp(found.stops), el('p', { class: 'gl-dim', text: found.says }),
    apart ? el('p', { class: 'gl-dim gl-stretches', text: apart }) : null);
}

function chosen(scene, look) {
  return scene.looks.find(({ id }) => id === look) || scene.looks[0];
}

/** Say how two sides of a divide are stretched, where each is by itself. */
function stretches(before, after) {
  if (!before) return '';
  if (before.id !== after.id) return `Before is drawn otherwise: ${before.title}.`;
  if (!after.stretched) return '';
  const [first, second] = [before, after].map(({ stops }) => ends(stops).map(({ value }) => figure(value)).join(' to '));
  return `Each side is stretched over its own ${after.stretched}${first ? `, before ${first}, after ${second}` : ''}: the same shade may mean other numbers.`;
}

function ramp(stops) {
  if (!stops.length) return null;
  const [low, high] = [stops[0].value, stops[stops.length - 1].value];
  const at = (value) => `${(100 * (value - low)) / (high - low || 1)}%`;
  const bar = el('i', { class: 'gl-ramp' });
  bar.style.background = `linear-gradient(90deg, ${stops.map(({ colour, value }) => `${colour} ${at(value)}`).join(', ')})`;
  return el('div', {}, bar, el('div', { class: 'gl-ends' }, ...ends(stops).map(({ value, words }) => el('span', { text: `${figure(value)} ${words}`.trim() }))));
}

function ends(stops) {
  return stops.length ? [stops[0], stops[stops.length - 1]] : [];
}

function figure(value) {
  return Number(value.toPrecision(3)).toString().replace('-', '−');
}
