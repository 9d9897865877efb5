/** The base map: the world's, or the mission's own where it brings one. All of it from this server. */

import { across, around, down, flat, inSight, trace } from './geometry.js';
import { get, Refused } from './load.js';
import { colours } from './theme.js';

/** How each base layer is drawn; one of another name goes by its geometry. Widths grow with the zoom. */
const STYLES = {
  world: { rank: 0, fill: 'land', line: 'coast', width: 0.8 },
  land: { rank: 0, fill: 'land', line: 'coast', width: 0.8 },
  lakes: { rank: 1, fill: 'water', line: 'river', width: 0.6 },
  water: { rank: 1, fill: 'water', line: 'river', width: 0.8 },
  built: { rank: 2, fill: 'built' },
  rivers: { rank: 3, line: 'river', width: 1 },
  roads: { rank: 4, line: 'road', width: 1.3, from: 6 },
  boundaries: { rank: 5, line: 'border', width: 0.9, dash: [6, 3, 1.5, 3] },
  towns: { rank: 6, point: 'place', from: 5 },
  places: { rank: 6, point: 'place', from: 5 },
};
const OTHER = { rank: 3, line: 'coast', width: 0.8, point: 'place' };
/** The server cuts the world's land and borders this many degrees about the mission. */
const AROUND = 8;
/** The server rounds to thousandths of a degree. */
const NEAR = 0.002;
const MINOR = /track|path|minor|secondary|stream|local/;

/** Holds and paints the base map. */
export class Basemap {
  /**
   * @param {Object} session
   * @param {function(): void} landed
   */
  constructor(session, landed) {
    this.session = session;
    this.landed = landed;
    this.held = new Map();
    this.own = session.mission.basemap || [];
    const [west, south, east, north] = session.mission.box;
    this.near = [across(west - AROUND), down(north + AROUND), across(east + AROUND), down(south - AROUND)];
    this.rims = [[0, -180], [0, 180], [1, -90], [0, west - AROUND], [0, east + AROUND], [1, south - AROUND], [1, north + AROUND]];
  }

  /** Fetch the mission's own base layers, which count as part of the picture, and the world's about it. */
  load() {
    for (const name of this.own) this._load(name, true);
    for (const name of ['land', 'boundaries']) this._load(name, false);
  }

  /** Say whether a frame looks beyond the ground about the mission; then all the world's is fetched. */
  _beyond({ left, top, width, height, world, pad }) {
    const [west, north, east, south] = this.near;
    const far = left + pad.x < west * world || left + width - pad.x > east * world
      || top + pad.y < Math.max(0, north) * world - 1 || top + height - pad.y > Math.min(1, south) * world + 1;
    if (far && !this.asked) {
      this.asked = true;
      this._load('world', false);
    }
    return far && this.held.has('world');
  }

  async _load(name, counted) {
    const { progress } = this.session;
    const key = `basemap/${name}`;
    if (counted) progress.begin(key);
    try {
      const found = await get(`data/basemap/${encodeURIComponent(name)}`);
      const style = STYLES[name.replace(/^mission-/, '')] || OTHER;
      this.held.set(name, { style, features: found.features.map((one) => prepared(one, this.rims)).filter(Boolean) });
      this.landed();
    } catch (fault) {
      if (!(fault instanceof Refused)) setTimeout(() => this._load(name, counted), 3000);
    }
    if (counted) progress.end(key);
  }

  /** Draw the ground. */
  paint(ctx, frame) {
    const shades = colours();
    ctx.fillStyle = shades.sea;
    ctx.fillRect(0, 0, frame.width, frame.height);
    ctx.lineJoin = ctx.lineCap = 'round';
    const left = this._beyond(frame) ? 'land' : 'world';
    const shown = [...this.held].filter(([name]) => name !== left).map(([, held]) => held);
    for (const { style, features } of shown.sort((a, b) => a.style.rank - b.style.rank)) {
      if (frame.zoom < (style.from || 0)) continue;
      for (const copy of frame.copies) layer(ctx, frame, copy, style, features);
    }
  }

  /** @returns {Generator<{name: string, u: number, v: number}>} places that may be named */
  * places(zoom) {
    for (const { style, features } of this.held.values()) {
      if (!style.point || zoom < (style.from || 0) + 1) continue;
      for (const { name, shape, parts } of features) {
        if (shape === 'point' && name) yield { name, u: parts[0].xy[0], v: parts[0].xy[1] };
      }
    }
  }
}

function prepared({ geometry, properties }, rims) {
  if (!geometry) return null;
  const { type, coordinates } = geometry;
  const lists = {
    Point: () => [[coordinates]], MultiPoint: () => [coordinates],
    LineString: () => [coordinates], MultiLineString: () => coordinates,
    Polygon: () => coordinates, MultiPolygon: () => coordinates.flat(),
  }[type]?.();
  if (!lists?.length) return null;
  const parts = lists.map(flat);
  const shape = type.endsWith('Point') ? 'point' : type.endsWith('Polygon') ? 'area' : 'line';
  const open = shape === 'area' && lists.some((ring) => ring.some((_, i) => along(ring, i, rims)));
  return {
    parts, shape, box: around(parts), name: String(properties?.name || ''), minor: MINOR.test(properties?.kind || ''),
    coast: open ? lists.flatMap((ring) => broken(ring, rims)).map(flat) : null,
  };
}

/** Say whether a ring's step to a vertex runs along a rim, where the data end and no coast is. */
function along(ring, i, rims) {
  return i > 0 && rims.some(([axis, at]) => Math.abs(ring[i - 1][axis] - at) < NEAR && Math.abs(ring[i][axis] - at) < NEAR);
}

/** Break a ring into the lines that are its coast. */
function broken(ring, rims) {
  const lines = [];
  ring.forEach((point, i) => (i && !along(ring, i, rims) ? lines[lines.length - 1].push(point) : lines.push([point])));
  return lines.filter((line) => line.length > 1);
}

function layer(ctx, frame, copy, style, features) {
  const shades = colours();
  const grow = Math.max(0.7, Math.min(2.2, (frame.zoom - 4) / 4));
  for (const { shape, parts, box, minor, coast } of features) {
    if (minor && frame.zoom < (style.from || 0) + 3) continue;
    if (shape === 'point') {
      dots(ctx, frame, copy, shades[style.point], parts);
      continue;
    }
    if (!inSight(box, frame, copy)) continue;
    const path = traced(parts, frame, copy, shape === 'area');
    if (shape === 'area' && style.fill) {
      ctx.fillStyle = shades[style.fill];
      ctx.fill(path, 'evenodd');
    }
    if (!style.line) continue;
    ctx.setLineDash(style.dash || []);
    ctx.strokeStyle = shades[style.line];
    ctx.lineWidth = style.width * grow * (minor ? 0.6 : 1);
    ctx.stroke(coast ? traced(coast, frame, copy, false) : path);
  }
  ctx.setLineDash([]);
}

function traced(parts, frame, copy, closed) {
  const path = new Path2D();
  for (const part of parts) if (closed || inSight(part.box, frame, copy)) trace(path, part, frame, copy, closed);
  return path;
}

function dots(ctx, frame, copy, colour, parts) {
  ctx.fillStyle = colour;
  for (const { xy } of parts) {
    const [x, y] = [xy[0] * frame.world + copy - frame.left, xy[1] * frame.world - frame.top];
    if (x > 0 && y > 0 && x < frame.width && y < frame.height) ctx.fillRect(x - 1.5, y - 1.5, 3, 3);
  }
}
