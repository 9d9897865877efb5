/** What the colours of a scene mean. */

import { el } from './dom.js';

/**
 * Build the legend of a look: its name, what it says, and its colours from least to most.
 * @param {Object} scene as `/data/scenes` lists it
 * @param {string} look its id; the usual one where the scene has none of it
 * @returns {HTMLElement|null}
 */
export function legendOf(scene, look) {
  const found = scene.looks.find(({ id }) => id === look) || scene.looks[0];
  if (!found) return null;
  return el('div', { class: 'gl-look' }, el('b', { text: found.title }), ramp(found.stops), el('p', { class: 'gl-dim', text: found.says }));
}

function ramp(stops) {
  if (!stops.length) return null;
  const [low, high] = [stops[0].value, stops[stops.length - 1].value];
  const at = (value) => `${(100 * (value - low)) / (high - low || 1)}%`;
  const bar = el('i', { class: 'gl-ramp' });
  bar.style.background = `linear-gradient(90deg, ${stops.map(({ colour, value }) => `${colour} ${at(value)}`).join(', ')})`;
  const ends = [stops[0], stops[stops.length - 1]];
  return el('div', {}, bar, el('div', { class: 'gl-ends' }, ...ends.map(({ value, words }) => el('span', { text: `${figure(value)} ${words}`.trim() }))));
}

function figure(value) {
  return Number(value.toPrecision(3)).toString().replace('-', '−');
}
