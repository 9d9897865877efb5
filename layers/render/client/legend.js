/** The legend, which is the layer switch too: only what there is. */

import { button, el, icon } from './dom.js';
import { count } from './format.js';
import { sign } from './marks.js';
import { tint } from './theme.js';
import { off, switched } from './view.js';

const DOT = 'M-5 0A5 5 0 1 0 5 0A5 5 0 1 0-5 0Z';
const SIZE = 16;
const NONE = { hues: [], glyphs: [], alike: false };
const EMPTY = 'Nothing in this view. Choose a longer span or lift a filter.';

/**
 * Build the legend.
 * @param {Object} session
 * @param {boolean} folded whether it begins folded
 * @param {function(Object): void} drop called with a kept answer that is no longer wanted
 * @returns {{box: HTMLElement, summed: function(Object): void, fold: function(): void, repaint: function(): void}}
 */
export function legend(session, folded, drop) {
  const says = el('span', { class: 'gl-dim', id: 'gl-legend-of', text: ' of the whole span', hidden: true });
  const list = el('div', { class: 'gl-layers', id: 'gl-layers' });
  const head = el('button', { type: 'button', 'aria-controls': 'gl-layers', title: 'Fold or unfold the legend (L)' },
    el('span', {}, 'Legend', says));
  const box = el('section', { id: 'gl-legend', class: 'gl-corner', 'aria-label': 'Legend and layers' }, head, list);
  let last = { layers: {} };
  const fold = (to = !list.hidden) => {
    list.hidden = to;
    head.setAttribute('aria-expanded', String(!to));
  };
  const repaint = () => {
    const focus = document.activeElement?.value;
    const order = [...session.portrayal.layers].sort((a, b) => b.order - a.order);
    const [own, kept] = [false, true].map((is) => (
      order.filter((layer) => Boolean(layer.kept) === is).map((layer) => entry(session, layer, last.layers[layer.id], drop)).filter(Boolean)));
    list.replaceChildren(...(kept.length ? [el('h3', { text: 'Kept answers' }), ...kept] : []), ...own);
    if (!list.childElementCount) list.append(el('p', { class: 'gl-empty', text: EMPTY }));
    if (focus) [...list.querySelectorAll('input')].find((input) => input.value === focus)?.focus();
  };
  head.addEventListener('click', () => fold());
  session.on('view', repaint);
  session.on('learnt', repaint);
  session.on('play', (on) => { says.hidden = !on; });
  fold(folded);
  return { box, fold: () => fold(), repaint, summed: (sum) => { last = sum; repaint(); } };
}

/** Build one layer's switch with its classes below it; nothing for a layer of which nothing is there. */
function entry(session, layer, sum, drop) {
  const hidden = off(session.parsed, layer);
  if (!sum?.count && !hidden && !layer.kept && !layer.asked) return null;
  const input = el('input', { type: 'checkbox', value: layer.id });
  input.checked = !hidden;
  input.addEventListener('change', () => session.quiet(switched(session.view, layer, input.checked)));
  const { face, rows } = hidden || !sum ? { face: usual(layer, NONE), rows: [] } : classes(layer, sum);
  const total = sum && !layer.asked ? el('data', { value: sum.count, text: count(sum.count) }) : null;
  const away = layer.kept ? button('×', () => drop(layer), { class: 'gl-drop', title: 'Drop', 'aria-label': `Drop ${layer.title}` }) : null;
  return el('div', { class: 'gl-layer', 'data-layer': layer.id, title: layer.basis || null },
    el('label', { class: 'gl-check' }, input, layer.tiled && !layer.kept ? null : swatch(layer, face),
      el('span', { text: layer.title, dir: 'auto' }), total), away, ...(layer.kept ? [] : rows));
}

/** List the classes that are there: hues, then shapes; where both say the same, once. */
function classes(layer, sum) {
  const there = (numbers, of) => (numbers || []).map((number, i) => [of[i], number, i]).filter(([one, number]) => one && number);
  const hues = there(sum.hues, layer.hues);
  const glyphs = there(sum.glyphs, layer.glyphs);
  const named = new Set(hues.map(([hue]) => hue.label));
  const alike = glyphs.length > 0 && glyphs.every(([glyph]) => named.has(glyph.label));
  const few = layer.tiled || sum.sums?.length ? 1 : 2;
  const glyphOf = (i) => layer.glyphs.findIndex((glyph) => glyph.label === layer.hues[i].label);
  const told = layer.hues.length > 1 && hues.length >= few ? hues : [];
  const rows = told.map(([hue, number, i]) => (
    row(swatch(layer, { hue: i, glyph: alike ? glyphOf(i) : -1 }), hue.label, number, sum.sums?.[i])));
  if (!alike && glyphs.length >= few) {
    const look = { hue: layer.hues.length - 1, colour: layer.tiled ? 'currentColor' : undefined };
    rows.push(...glyphs.map(([glyph, number, i]) => row(sign(layer, { ...look, glyph: i }, SIZE), glyph.label, number)));
  }
  return { face: usual(layer, { hues, glyphs, alike, glyphOf }), rows };
}

/** Choose what stands for a whole layer: its first area or line, its plainest mark. */
function usual(layer, { hues, glyphs, alike, glyphOf }) {
  if (layer.geometry !== 'point') return { hue: hues[0]?.[2] ?? 0 };
  const hue = hues[hues.length - 1]?.[2] ?? layer.hues.length - 1;
  return { hue, glyph: alike ? glyphOf(hue) : glyphs[glyphs.length - 1]?.[2] ?? layer.glyphs.length - 1 };
}

function row(face, text, number, words = count(number)) {
  return el('div', { class: 'gl-class' }, face, el('span', { text }), el('data', { value: number, text: words }));
}

/** Return lines that rise to the right through a patch, half as far apart as on the map. */
function hatched(step) {
  let lines = '';
  for (let x = -18 + step / 2; step && x < 8; x += step / 2) {
    const [from, to] = [Math.max(x, -8), Math.min(x + 10, 8)];
    lines += `M${from} ${5 + x - from}L${to} ${5 + x - to}`;
  }
  return lines;
}

/** Show a class as it lies on the map: a mark, or a dot where the shape says something else; a stretch of line, a patch of area. */
function swatch(layer, { hue, glyph }) {
  if (layer.geometry === 'point') return sign(layer, { hue, glyph, path: glyph < 0 ? DOT : undefined }, SIZE);
  const colour = tint(layer.hues[hue]);
  const area = layer.geometry === 'area';
  const look = { colour, fill: layer.fill ? colour : 'none', size: SIZE, width: area && !layer.dash_always ? 1.4 : layer.width };
  const lines = hatched(layer.hues[hue].hatch);
  const made = icon(area ? `M-8-5H8V5H-8Z${lines}` : 'M-9 0H9', look);
  made.firstChild.setAttribute('fill-opacity', String(Math.min(1, 2 * layer.fill)));
  if (layer.dash_always) made.firstChild.setAttribute('stroke-dasharray', area ? layer.dash.map((one) => one / 2).join(' ') : '4 3');
  return made;
}
