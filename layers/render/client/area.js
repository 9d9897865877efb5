/**
 * Areas on the WGS 84 ellipsoid: what a ring of geodesics encloses.
 *
 * Each leg is walked in short steps by the direct problem after Vincenty (1975), see geodesic.js; between two steps the ground
 * down to the equator is that of the equal-area cylinder, after Snyder (1987), "Map projections: a working manual", 3-12.
 */

import { inverse } from './geodesic.js';

const A = 6378137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const RADIANS = Math.PI / 180;
/** A step is so long, metres; a leg has so many at least and at most. */
const STEP = 500;
const LEAST = 8;
const MOST = 4000;

/**
 * Tell how much ground lies within a ring, closed by the shortest way from its last corner to its first.
 * @param {number[][]} ring lon, lat in degrees
 * @returns {number|null} square metres; null where it crosses itself, goes round a pole, or nearly round the earth
 */
export function area(ring) {
  if (crossed(unrolled(ring))) return null;
  let [sum, turn] = [0, 0];
  for (const [n, corner] of ring.entries()) {
    const next = ring[(n + 1) % ring.length];
    const { metres, bearing, exact } = inverse(corner, next);
    if (!exact) return null;
    const steps = Math.min(MOST, Math.max(LEAST, Math.ceil(metres / STEP)));
    let [lon, below] = [corner[0], under(corner[1])];
    for (let step = 1; step <= steps; step++) {
      const [x, y] = step === steps ? next : direct(corner, bearing, (metres * step) / steps);
      const [across, ahead] = [turned(x - lon) * RADIANS, under(y)];
      sum += (across * (below + ahead)) / 2;
      turn += across;
      [lon, below] = [x, ahead];
    }
  }
  return Math.abs(turn) > Math.PI ? null : Math.abs(sum);
}

/**
 * Go from a place so far along a geodesic.
 * @param {number[]} from lon, lat in degrees
 * @param {number} bearing degrees from true north
 * @param {number} metres
 * @returns {number[]} lon, lat in degrees
 */
export function direct([lon, lat], bearing, metres) {
  const u = Math.atan((1 - F) * Math.tan(lat * RADIANS));
  const [su, cu, sb, cb] = [Math.sin(u), Math.cos(u), Math.sin(bearing * RADIANS), Math.cos(bearing * RADIANS)];
  const begin = Math.atan2(Math.tan(u), cb);
  const alpha = cu * sb;
  const square = 1 - alpha * alpha;
  const wide = (square * (A * A - B * B)) / (B * B);
  const p = 1 + (wide / 16384) * (4096 + wide * (-768 + wide * (320 - 175 * wide)));
  const q = (wide / 1024) * (256 + wide * (-128 + wide * (74 - 47 * wide)));
  let sigma = metres / (B * p);
  let [middle, before] = [0, NaN];
  for (let round = 0; round < 50 && !(Math.abs(sigma - before) < 1e-13); round++) {
    before = sigma;
    middle = Math.cos(2 * begin + sigma);
    const [sine, twice] = [Math.sin(sigma), 2 * middle * middle - 1];
    const last = (q / 6) * middle * (4 * sine * sine - 3) * (4 * middle * middle - 3);
    sigma = metres / (B * p) + q * sine * (middle + (q / 4) * (Math.cos(sigma) * twice - last));
  }
  middle = Math.cos(2 * begin + sigma);
  const [ss, cs] = [Math.sin(sigma), Math.cos(sigma)];
  const c = (F / 16) * square * (4 + F * (4 - 3 * square));
  const sphere = Math.atan2(ss * sb, cu * cs - su * ss * cb);
  const east = sphere - (1 - c) * F * alpha * (sigma + c * ss * (middle + c * cs * (2 * middle * middle - 1)));
  const north = Math.atan2(su * cs + cu * ss * cb, (1 - F) * Math.hypot(alpha, su * ss - cu * cs * cb));
  return [lon + east / RADIANS, north / RADIANS];
}

/** Return the ground between the equator and a latitude, square metres for a radian of longitude. */
function under(lat) {
  const sine = Math.sin(lat * RADIANS);
  return ((A * A * (1 - E2)) / 2) * (sine / (1 - E2 * sine * sine) + Math.atanh(E * sine) / E);
}

const turned = (degrees) => degrees - 360 * Math.round(degrees / 360);

/** Return a ring whose longitudes run on where it crosses ±180°. */
function unrolled(ring) {
  const way = [ring[0]];
  for (const [lon, lat] of ring.slice(1)) {
    const [last] = way[way.length - 1];
    way.push([last + turned(lon - last), lat]);
  }
  return way;
}

/** Say whether two sides of a ring that do not meet at a corner cross. */
function crossed(ring) {
  const side = ([ax, ay], [bx, by], [cx, cy]) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
  const at = (n) => ring[n % ring.length];
  for (let n = 0; n < ring.length; n++) {
    for (let m = n + 2; m < ring.length - (n ? 0 : 1); m++) {
      const [a, b, c, d] = [at(n), at(n + 1), at(m), at(m + 1)];
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
    }
  }
  return false;
}
