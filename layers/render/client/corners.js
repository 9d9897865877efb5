/** What stands in the map's corners: zoom and measuring, scale, the cursor's position. */

import { button, el, icon } from './dom.js';
import { distance, position } from './format.js';
import { inverse } from './geodesic.js';

const RULER = 'M-8 4L4-8L8-4L-4 8ZM-5 1L-3 3M-2-2L0 0M1-5L3-3';
const ASK_EVERY = 60;

/**
 * Build zoom and measure.
 * @param {L.Map} map
 * @returns {{box: HTMLElement, ruler: HTMLElement}}
 */
export function zoomer(map) {
  const words = 'Measure distance and area';
  const ruler = el('button', { type: 'button', id: 'gl-measure', title: words, 'aria-label': words }, icon(RULER, { width: 1.3 }));
  const near = button('+', () => map.zoomIn(), { title: 'Zoom in (+)', 'aria-label': 'Zoom in' });
  const far = button('−', () => map.zoomOut(), { title: 'Zoom out (−)', 'aria-label': 'Zoom out' });
  map.on('zoomend', () => {
    near.disabled = map.getZoom() >= map.getMaxZoom();
    far.disabled = map.getZoom() <= map.getMinZoom();
  });
  const box = el('div', { id: 'gl-zoom', class: 'gl-corner', role: 'group', 'aria-label': 'Zoom and measure' }, near, far, ruler);
  return { box, ruler };
}

/**
 * Build scale and cursor position. The grid is asked of the server; latitude and longitude stand at once.
 * @param {L.Map} map
 * @param {Object} session
 * @param {function(Object): void} say
 * @returns {HTMLElement}
 */
export function reading(map, session, say) {
  const bar = el('span', { id: 'gl-scale' });
  const grid = el('span', { id: 'gl-grid' });
  const lat = el('span', { id: 'gl-latlon' });
  let [asked, last, at, timer] = [0, 0, null, 0];
  const ask = () => {
    timer = 0;
    last = performance.now();
    if (at) say({ q: [++asked, at.lng, at.lat] });
  };
  map.on('mousemove', ({ latlng }) => {
    at = latlng.wrap();
    lat.textContent = position(at.lat, at.lng);
    timer ||= setTimeout(ask, Math.max(0, ASK_EVERY - (performance.now() - last)));
  });
  map.on('mouseout', () => { at = null; lat.textContent = grid.textContent = ''; });
  session.on('grid', ({ n, text }) => { if (at && n === asked) grid.textContent = text; });
  const rule = () => scale(map, bar);
  map.on('moveend resize', rule);
  rule();
  return el('div', { id: 'gl-cursor', class: 'gl-corner' }, bar, grid, lat);
}

/** Draw the longest round distance of at most 110 pixels, measured in the map's middle. */
function scale(map, bar) {
  const { x, y } = map.getSize().divideBy(2);
  const ends = [[x - 50, y], [x + 50, y]].map((point) => map.containerPointToLatLng(point).wrap());
  const { metres } = inverse(...ends.map((end) => [end.lng, end.lat]));
  if (!metres) return;
  const most = metres * 1.1;
  const power = 10 ** Math.floor(Math.log10(most));
  const round = [5, 2, 1].map((step) => step * power).find((value) => value <= most);
  bar.textContent = round < 1000 ? distance(round) : `${round / 1000} km`;
  bar.style.width = `${Math.round((round / metres) * 100)}px`;
}
