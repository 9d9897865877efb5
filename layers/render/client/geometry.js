/** Geometry as flat arrays of world fractions, and how it is traced onto a canvas. */

const LIMIT = 85.0511287798;

/**
 * @param {number} lon degrees
 * @returns {number} how far round the world, from 0 at 180° west to 1
 */
export const across = (lon) => (lon + 180) / 360;

/**
 * @param {number} lat degrees
 * @returns {number} how far down the Mercator square, from 0 to 1
 */
export function down(lat) {
  const phi = (Math.max(-LIMIT, Math.min(LIMIT, lat)) * Math.PI) / 180;
  return (1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2;
}

/**
 * @param {number} v fraction down the Mercator square
 * @returns {number} latitude in degrees
 */
export const latitude = (v) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * v))) * 180) / Math.PI;

/**
 * Read one ring or line as the server writes it: millionths of a degree, each vertex as the step from the one before.
 * @param {number[]} steps lon and lat in turn
 * @returns {number[][]} lon, lat in degrees
 */
export function walked(steps) {
  const points = [];
  for (let i = 0, lon = 0, lat = 0; i < steps.length; i += 2) {
    lon += steps[i];
    lat += steps[i + 1];
    points.push([lon / 1e6, lat / 1e6]);
  }
  return points;
}

/**
 * Flatten one ring or line.
 * @param {number[][]} points lon, lat
 * @returns {{xy: Float64Array, box: number[]}} fractions, and their west, north, east, south
 */
export function flat(points) {
  const xy = new Float64Array(points.length * 2);
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i++) {
    const u = xy[2 * i] = across(points[i][0]);
    const v = xy[2 * i + 1] = down(points[i][1]);
    if (u < box[0]) box[0] = u;
    if (v < box[1]) box[1] = v;
    if (u > box[2]) box[2] = u;
    if (v > box[3]) box[3] = v;
  }
  return { xy, box };
}

/**
 * Join boxes.
 * @param {{box: number[]}[]} parts
 * @returns {number[]}
 */
export function around(parts) {
  return parts.reduce((all, { box }) => [
    Math.min(all[0], box[0]), Math.min(all[1], box[1]), Math.max(all[2], box[2]), Math.max(all[3], box[3]),
  ], [Infinity, Infinity, -Infinity, -Infinity]);
}

/**
 * Say whether a box touches the canvas.
 * @param {number[]} box
 * @param {import('./sheet.js').Frame} frame
 * @param {number} copy shift of the world in pixels
 * @returns {boolean}
 */
export function inSight(box, frame, copy) {
  const { world, left, top, width, height } = frame;
  return box[0] * world + copy - left < width && box[2] * world + copy - left > 0
    && box[1] * world - top < height && box[3] * world - top > 0;
}

/** Which sides of the canvas a point lies beyond, as bits. */
function beyond(x, y, width, height) {
  return (x < -40 ? 1 : x > width + 40 ? 2 : 0) | (y < -40 ? 4 : y > height + 40 ? 8 : 0);
}

/**
 * Trace a part: leaves out what is nearer than half a pixel, and what runs along outside one side.
 * @param {CanvasRenderingContext2D|Path2D} path
 * @param {{xy: Float64Array}} part
 * @param {import('./sheet.js').Frame} frame
 * @param {number} copy shift of the world in pixels
 * @param {boolean} closed
 */
export function trace(path, part, frame, copy, closed) {
  const { xy } = part;
  const { world, top, width, height } = frame;
  const left = frame.left - copy;
  let [lastX, lastY, lastOut, started, heldX, heldY, held] = [0, 0, 0, false, 0, 0, false];
  for (let i = 0; i < xy.length; i += 2) {
    const x = xy[i] * world - left;
    const y = xy[i + 1] * world - top;
    const out = beyond(x, y, width, height);
    if (started && out & lastOut) {
      [heldX, heldY, held, lastOut] = [x, y, true, out & lastOut];
      continue;
    }
    if (held) {
      path.lineTo(heldX, heldY);
      [lastX, lastY, held] = [heldX, heldY, false];
    }
    const near = started && Math.abs(x - lastX) < 0.5 && Math.abs(y - lastY) < 0.5 && i < xy.length - 2;
    if (near) continue;
    if (started) path.lineTo(x, y); else path.moveTo(x, y);
    [lastX, lastY, lastOut, started] = [x, y, out, true];
  }
  if (held) path.lineTo(heldX, heldY);
  if (closed && started) path.closePath();
}

/**
 * Measure how far a point is from a line on the canvas.
 * @param {{xy: Float64Array}} part
 * @param {import('./sheet.js').Frame} frame
 * @param {number} x
 * @param {number} y
 * @returns {number} pixels
 */
export function gap(part, frame, x, y) {
  const { xy } = part;
  const { world, left, top } = frame;
  let best = Infinity;
  for (let i = 2; i < xy.length; i += 2) {
    const ax = xy[i - 2] * world - left - x;
    const ay = xy[i - 1] * world - top - y;
    const dx = xy[i] * world - left - x - ax;
    const dy = xy[i + 1] * world - top - y - ay;
    const along = Math.max(0, Math.min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy || 1)));
    best = Math.min(best, Math.hypot(ax + along * dx, ay + along * dy));
  }
  return best;
}

/**
 * Say whether a point lies in an area, by the even-odd rule over all its rings.
 * @param {{xy: Float64Array}[]} rings
 * @param {number} u
 * @param {number} v
 * @returns {boolean}
 */
export function inside(rings, u, v) {
  let odd = false;
  for (const { xy } of rings) {
    for (let i = 0, j = xy.length - 2; i < xy.length; j = i, i += 2) {
      const crosses = xy[i + 1] > v !== xy[j + 1] > v
        && u < ((xy[j] - xy[i]) * (v - xy[i + 1])) / (xy[j + 1] - xy[i + 1]) + xy[i];
      if (crosses) odd = !odd;
    }
  }
  return odd;
}
