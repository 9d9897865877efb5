/** A view of one area only: said in the strip, lifted there, and outlined on the map. */

import { chip } from './chip.js';
import { count } from './format.js';
import { inverse } from './geodesic.js';
import { dressed } from './relation.js';
import { changed } from './view.js';

const { L } = window;
const RADIANS = Math.PI / 180;
/** WGS 84: half the longer axis in metres, and the square of the eccentricity. */
const [AXIS, ROUND] = [6378137, 0.00669437999014];

/**
 * Say in the strip that a view is of an area, and draw its outline.
 * @param {{session: Object, chooser: {map: L.Map}, filter: HTMLElement}} parts
 */
export async function furnish({ session, chooser: { map }, filter }) {
  await dressed();
  const only = chip({ id: 'gl-area', name: 'Only in an area', lift: () => session.quiet(changed(session.view, { bbox: '' })) });
  filter.after(only.box);
  const edge = L.rectangle([[0, 0], [0, 0]], { pane: 'reach', className: 'gl-edge', fill: false, interactive: false, weight: 1.6 });
  const mark = () => {
    const box = session.parsed.bbox.split(',').map(Number);
    const there = box.length === 4 && box.every(Number.isFinite);
    only.say(there ? `Only in an area ${sized(box)}` : '');
    if (there) {
      const [west, south, east, north] = box;
      edge.setBounds([[south, west], [north, west > east ? east + 360 : east]]).addTo(map);
    } else {
      edge.remove();
    }
  };
  session.on('view', mark);
  mark();
}

/**
 * Write how wide and how high a box is on the ground, at the middle of its height.
 * @param {number[]} box west, south, east, north in degrees; west above east goes over 180°
 * @returns {string}
 */
export function sized([west, south, east, north]) {
  const middle = (RADIANS * (south + north)) / 2;
  const round = (AXIS * Math.cos(middle)) / Math.sqrt(1 - ROUND * Math.sin(middle) ** 2);
  const wide = round * RADIANS * (east - west + (west > east ? 360 : 0));
  return `${about(wide)} × ${about(inverse([0, south], [0, north]).metres)}`;
}

/** Write metres by their first two figures. */
function about(metres) {
  const first = Number(metres.toPrecision(2));
  return first < 1000 ? `${first} m` : `${first < 1e5 ? first / 1000 : count(Math.round(first / 1000))} km`;
}
