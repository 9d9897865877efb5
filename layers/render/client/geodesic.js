/**
 * Distances on the WGS 84 ellipsoid.
 *
 * The inverse problem after Vincenty (1975), "Direct and inverse solutions of geodesics on the ellipsoid
 * with application of nested equations", Survey Review 23(176), right to less than a millimetre. Nearly
 * antipodal points, for which its series does not settle, get the great-circle distance of the mean sphere.
 */

const A = 6378137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const RADIANS = Math.PI / 180;

/**
 * Measure between two places.
 * @param {number[]} from lon, lat in degrees
 * @param {number[]} to
 * @returns {{metres: number, bearing: number, exact: boolean}} bearing at the start, degrees from true north
 */
export function inverse([lon1, lat1], [lon2, lat2]) {
  const [u1, u2] = [lat1, lat2].map((lat) => Math.atan((1 - F) * Math.tan(lat * RADIANS)));
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  const apart = Math.atan2(Math.sin((lon2 - lon1) * RADIANS), Math.cos((lon2 - lon1) * RADIANS));
  let lambda = apart;
  for (let round = 0; round < 100; round++) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sine = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sine === 0) return { metres: 0, bearing: 0, exact: true };
    const cosine = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sine, cosine);
    const alpha = (c1 * c2 * sl) / sine;
    const square = 1 - alpha * alpha;
    const middle = square ? cosine - (2 * s1 * s2) / square : 0;
    const c = (F / 16) * square * (4 + F * (4 - 3 * square));
    const next = apart + (1 - c) * F * alpha * (sigma + c * sine * (middle + c * cosine * (2 * middle * middle - 1)));
    if (Math.abs(next) > Math.PI) break;
    if (Math.abs(next - lambda) < 1e-12) {
      const bearing = Math.atan2(c2 * sl, c1 * s2 - s1 * c2 * cl) / RADIANS;
      return { metres: length(square, sigma, sine, cosine, middle), bearing: (bearing + 360) % 360, exact: true };
    }
    lambda = next;
  }
  return { ...sphere([lon1, lat1], [lon2, lat2]), exact: false };
}

function length(square, sigma, sine, cosine, middle) {
  const u = (square * (A * A - B * B)) / (B * B);
  const a = 1 + (u / 16384) * (4096 + u * (-768 + u * (320 - 175 * u)));
  const b = (u / 1024) * (256 + u * (-128 + u * (74 - 47 * u)));
  const last = (b / 6) * middle * (4 * sine * sine - 3) * (4 * middle * middle - 3);
  return B * a * (sigma - b * sine * (middle + (b / 4) * (cosine * (2 * middle * middle - 1) - last)));
}

function sphere([lon1, lat1], [lon2, lat2]) {
  const [p, q, d] = [lat1, lat2, lon2 - lon1].map((angle) => angle * RADIANS);
  const y = Math.sin(d) * Math.cos(q);
  const x = Math.cos(p) * Math.sin(q) - Math.sin(p) * Math.cos(q) * Math.cos(d);
  const metres = 6371008.8 * Math.atan2(Math.hypot(x, y), Math.sin(p) * Math.sin(q) + Math.cos(p) * Math.cos(q) * Math.cos(d));
  return { metres, bearing: (Math.atan2(y, x) / RADIANS + 360) % 360 };
}
