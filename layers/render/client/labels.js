/** Names on the map: the more important first, and none where it would lie on another. */

import { inside } from './geometry.js';
import { plain } from './format.js';
import { colours, tint } from './theme.js';

/**
 * Write the names.
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./sheet.js').Frame} frame
 * @param {import('./shapes.js').Shapes} shapes
 * @param {import('./basemap.js').Basemap} basemap
 * @param {{x: number, y: number}[]} marks incidents in sight, which no name should cover
 */
export function label(ctx, frame, shapes, basemap, marks) {
  const taken = { boxes: [], cells: occupied(marks), names: new Set(), at: new Map() };
  ctx.lineJoin = 'round';
  ctx.textBaseline = 'middle';
  for (const { layer, feature } of shapes.named(frame.zoom)) {
    const at = anchors(feature, frame);
    if (!at.length) continue;
    const colour = layer.hues.length > 1 || layer.geometry === 'area' ? tint(layer.hues[feature.hue]) : colours().text;
    const spots = feature.kind === 'point' ? beside(at[0], 12) : at.map((spot) => ({ ...spot, align: 'center' }));
    const [text, font] = [plain(feature.label), layer.casing ? '600 12px' : '500 11.5px'];
    // The legs of a patrol bear its name once, and what stands at one place does; neither is worth a sign.
    const plainLine = feature.kind === 'line' && !layer.casing;
    if (again(taken, text, plainLine ? Infinity : feature.kind === 'point' ? NEAR : 0, at[0])) continue;
    write(ctx, frame, taken, { text, spots, colour, spare: feature.kind === 'area' || plainLine, font });
  }
  for (const { name, u, v } of basemap.places(frame.zoom)) {
    const at = { x: u * frame.world - frame.left, y: v * frame.world - frame.top };
    const spots = [...beside(at, 7), ...beside(at, 15)];
    if (taken.names.has(name)) continue;
    write(ctx, frame, taken, { text: plain(name, 32), spots, colour: colours().place, font: '400 11px', spare: true });
  }
}

const CELL = 6;
/** So near, in pixels, the same name is not written again. */
const NEAR = 60;

/** Say whether a name stands already so near to a place. */
function again(taken, text, near, { x, y }) {
  return (taken.at.get(text) || []).some((spot) => Math.hypot(spot.x - x, spot.y - y) <= near);
}

function occupied(marks) {
  const cells = new Set();
  for (const { x, y } of marks) {
    for (const dx of [-5, 0, 5]) {
      for (const dy of [-5, 0, 5]) cells.add(`${Math.floor((x + dx) / CELL)}/${Math.floor((y + dy) / CELL)}`);
    }
  }
  return cells;
}

/** Say whether a box lies on a mark. */
function covers(cells, box) {
  for (let x = Math.floor(box[0] / CELL); x <= Math.floor(box[2] / CELL); x++) {
    for (let y = Math.floor(box[1] / CELL); y <= Math.floor(box[3] / CELL); y++) if (cells.has(`${x}/${y}`)) return true;
  }
  return false;
}

function beside({ x, y }, away) {
  return [
    { x: x + away, y, align: 'left' }, { x: x - away, y, align: 'right' },
    { x, y: y - away - 3, align: 'center' }, { x, y: y + away + 3, align: 'center' },
  ];
}

/** Where in an area's visible box a name is tried, as shares across and down. */
const AMID = [
  [0.5, 0.5], [0.5, 0.3], [0.5, 0.7], [0.3, 0.5], [0.7, 0.5], [0.25, 0.25], [0.75, 0.75],
  [0.5, 0.15], [0.5, 0.85], [0.15, 0.5], [0.85, 0.5],
];

/** Find where a feature's name may stand: on its point, along the visible line, or inside its area. */
function anchors(feature, frame) {
  const place = (u, v) => ({ x: u * frame.world - frame.left, y: v * frame.world - frame.top });
  if (feature.kind === 'point') return [place(...feature.parts[0].xy)];
  if (feature.kind === 'line') return amid(feature, frame, place);
  const [west, north, east, south] = clipped(feature.box, frame);
  if (west >= east || north >= south) return [];
  const found = [];
  for (const [across, downwards] of AMID) {
    const [u, v] = [west + across * (east - west), north + downwards * (south - north)];
    if (inside(feature.parts, u, v)) found.push(place(u, v));
  }
  return found;
}

function clipped(box, { left, top, width, height, world, pad }) {
  return [
    Math.max(box[0], (left + pad.x) / world), Math.max(box[1], (top + pad.y) / world),
    Math.min(box[2], (left + width - pad.x) / world), Math.min(box[3], (top + height - pad.y) / world),
  ];
}

function amid(feature, frame, place) {
  const seen = [];
  for (const { xy } of feature.parts) {
    for (let i = 0; i < xy.length; i += 2) {
      const at = place(xy[i], xy[i + 1]);
      const within = at.x > frame.pad.x && at.y > frame.pad.y && at.x < frame.width - frame.pad.x && at.y < frame.height - frame.pad.y;
      if (within) seen.push(at);
    }
  }
  return [0.5, 0.3, 0.7, 0.15, 0.85].map((share) => seen[Math.floor(share * seen.length)]).filter(Boolean)
    .flatMap(({ x, y }) => [{ x, y: y - 12 }, { x, y: y + 13 }]);
}

function write(ctx, frame, taken, { text, spots, colour, font, spare }) {
  ctx.font = `${font} system-ui, sans-serif`;
  const wide = ctx.measureText(text).width;
  const boxes = spots.map(({ x, y, align }) => {
    const from = align === 'left' ? x : align === 'right' ? x - wide : x - wide / 2;
    return [from - 3, y - 8, from + wide + 3, y + 8];
  }).filter((box) => box[2] > 0 && box[0] < frame.width && box[3] > 0 && box[1] < frame.height
    && !taken.boxes.some((b) => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1]));
  const box = boxes.find((found) => !covers(taken.cells, found)) || (spare ? null : boxes[0]);
  if (!box) return;
  taken.boxes.push(box);
  taken.names.add(text);
  taken.at.set(text, [...(taken.at.get(text) || []), spots[0]]);
  ctx.textAlign = 'left';
  ctx.strokeStyle = colours().halo;
  ctx.lineWidth = 3;
  ctx.strokeText(text, box[0] + 3, box[1] + 8);
  ctx.fillStyle = colour;
  ctx.fillText(text, box[0] + 3, box[1] + 8);
}
