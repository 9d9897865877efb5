/** Point tiles: fetched as bytes, drawn on canvas, found again under the pointer. */

import { across, down, latitude } from './geometry.js';
import { address } from './load.js';
import { disc, reach, stamp } from './marks.js';

const { L } = window;
const MAGIC = 0x31544c47;
export const SIZE = 256;
const MARGIN = 16;
/** Up to so many in a tile each is a mark of its own unless three meet; beyond, cells are larger and two are a crowd. */
const SPARSE = { most: 110, cell: 16, crowd: 3 };
const DENSE = { most: Infinity, cell: 32, crowd: 2 };

/**
 * Read a tile's bytes without copying them.
 * @param {ArrayBuffer} bytes
 * @returns {{n: number, cells: boolean, version: number, count: Uint32Array, id: Uint32Array, x: Uint16Array,
 *   y: Uint16Array, hue: Uint8Array, glyph: Uint8Array, precision: Uint8Array}}
 */
export function decoded(bytes) {
  const [magic, n, flags, version] = new Uint32Array(bytes, 0, 4);
  if (magic !== MAGIC) throw new Error('a tile is not what it should be; reload the page');
  let at = 16;
  const column = (Kind) => {
    const made = new Kind(bytes, at, n);
    at += made.byteLength;
    return made;
  };
  return {
    n, cells: Boolean(flags & 1), version,
    count: column(Uint32Array), id: column(Uint32Array), x: column(Uint16Array), y: column(Uint16Array),
    hue: column(Uint8Array), glyph: column(Uint8Array), precision: column(Uint8Array),
  };
}

/**
 * Turn records into marks: where few lie together each is a mark of its own, where many do, one circle
 * for all of them in the worst hue.
 * @param {ReturnType<typeof decoded>} data
 * @returns {Object[]} marks, the worst last
 */
export function marks(data) {
  const cells = new Map();
  let all = 0;
  for (let i = 0; i < data.n; i++) all += data.count[i];
  const { cell: wide, crowd: many } = all <= SPARSE.most ? SPARSE : DENSE;
  const side = (65536 / SIZE) * wide;
  for (let i = 0; i < data.n; i++) {
    const key = Math.floor(data.y[i] / side) * 64 + Math.floor(data.x[i] / side);
    const cell = cells.get(key);
    if (cell) { cell.rows.push(i); cell.count += data.count[i]; } else cells.set(key, { rows: [i], count: data.count[i] });
  }
  const made = [];
  for (const { rows, count } of cells.values()) {
    if (count >= many) made.push(crowd(data, rows, count));
    else for (const i of rows) made.push(single(data, i));
  }
  return merged(made).sort((a, b) => b.hue - a.hue || b.count - a.count);
}

/** Let a circle take in what it would cover. */
export function merged(made) {
  const kept = [];
  for (const mark of made.sort((a, b) => b.count - a.count)) {
    const own = mark.count > 1 ? reach(mark.count) - 3 : 0;
    const near = (other) => Math.hypot(other.x - mark.x, other.y - mark.y) < reach(other.count) + own;
    const over = kept.find((other) => other.count > 1 && near(other));
    if (over) join(over, mark); else kept.push(mark);
  }
  return kept;
}

function join(into, mark) {
  const all = into.count + mark.count;
  into.spread = Math.max(into.spread, mark.spread, Math.hypot(into.x - mark.x, into.y - mark.y));
  into.x = (into.x * into.count + mark.x * mark.count) / all;
  into.y = (into.y * into.count + mark.y * mark.count) / all;
  if (mark.hue < into.hue) [into.hue, into.glyph] = [mark.hue, mark.glyph];
  const whole = into.ids.length === into.count && mark.ids.length === mark.count;
  if (whole) into.ids = [...into.ids, ...mark.ids].sort((a, b) => b - a);
  into.count = all;
}

function single(data, i) {
  return {
    x: (data.x[i] / 65536) * SIZE, y: (data.y[i] / 65536) * SIZE, hue: data.hue[i], glyph: data.glyph[i],
    precision: data.precision[i], count: data.count[i], ids: [data.id[i]], spread: 0,
  };
}

function crowd(data, rows, count) {
  let [x, y, hue, worst] = [0, 0, 255, rows[0]];
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const i of rows) {
    x += data.x[i] * data.count[i];
    y += data.y[i] * data.count[i];
    if (data.hue[i] < hue) [hue, worst] = [data.hue[i], i];
    box[0] = Math.min(box[0], data.x[i]);
    box[1] = Math.min(box[1], data.y[i]);
    box[2] = Math.max(box[2], data.x[i]);
    box[3] = Math.max(box[3], data.y[i]);
  }
  const whole = !data.cells || rows.length === count;
  const ids = whole ? rows.map((i) => data.id[i]).sort((a, b) => b - a) : [data.id[worst]];
  const scale = SIZE / 65536;
  return {
    x: (x / count) * scale, y: (y / count) * scale, hue, glyph: data.glyph[worst], precision: 0, count, ids,
    spread: whole ? Math.max(box[2] - box[0], box[3] - box[1]) * scale : DENSE.cell,
  };
}

/** Say whether a place lies in a tile. */
export function lies({ lon, lat }, { z, x, y }) {
  return Math.floor(across(lon) * 2 ** z) === x && Math.floor(down(lat) * 2 ** z) === y;
}

export const PointTiles = L.GridLayer.extend({
  options: { updateWhenZooming: false, updateWhenIdle: false, keepBuffer: 2, pane: 'points', minZoom: 0, maxZoom: 20 },

  /**
   * @param {Object} layer as `/data/portrayal` tells it
   * @param {Object} session
   * @param {function(): void} landed called when a tile has been painted
   */
  initialize(layer, session, landed) {
    L.GridLayer.prototype.initialize.call(this, {});
    this.layer = layer;
    this.session = session;
    this.landed = landed;
    this.held = new Map();
    this.made = 0;
    this.play = null;
    this.on('tileunload', (event) => this._drop(event.tile));
  },

  createTile(coords, done) {
    const box = L.DomUtil.create('div', 'leaflet-tile gl-tile');
    const canvas = L.DomUtil.create('canvas', '', box);
    const tile = { key: `${this.layer.id}/${++this.made}`, coords, canvas, box, done, marks: [] };
    this.held.set(box, tile);
    this._load(tile);
    return box;
  },

  _drop(box) {
    const tile = this.held.get(box);
    if (!tile) return;
    tile.control?.abort();
    this.held.delete(box);
    this.session.progress.end(tile.key);
  },

  /** Fetch every tile in sight again; the old picture stays until the new one is there. */
  reload() {
    if (this.play) return;
    for (const tile of this.held.values()) this._load(tile);
  },

  /** Ask again in the background for the tiles that some items lie in; null is all of them. */
  renew(items) {
    if (this.play) return;
    for (const tile of this.held.values()) {
      if (!tile.control || !items || items.some((item) => lies(item, tile.coords))) this._load(tile, true);
    }
  },

  /** Paint every tile again from what is held. */
  repaint() {
    for (const tile of this.held.values()) this._draw(tile);
  },

  async _load(tile, quiet = false) {
    const { progress, view } = this.session;
    const { play } = this;
    const { z, x, y } = tile.coords;
    const path = `data/${play ? 'played' : 'tiles'}/${this.layer.id}/${z}/${x}/${y}`;
    tile.control?.abort();
    const { signal } = tile.control = new AbortController();
    if (!quiet) progress.begin(tile.key);
    try {
      const answer = await fetch(address(path, play ? { v: play.view, bins: play.bins } : { v: view }), { signal });
      if (!answer.ok) throw new Error(await answer.text());
      const bytes = await answer.arrayBuffer();
      if (signal.aborted) return;
      if (play) this._played(tile, new play.Played(bytes)); else this._landed(tile, decoded(bytes), view);
      progress.end(tile.key);
    } catch (fault) {
      if (signal.aborted) return;
      setTimeout(() => signal.aborted || progress.lost || this._load(tile), 2000);
    }
    tile.done?.(null, tile.box);
    tile.done = null;
  },

  _landed(tile, data, view) {
    Object.assign(tile, { data, view });
    this._draw(tile);
    this.session.progress.met(data.version);
    this.landed(tile);
  },

  _played(tile, played) {
    tile.played = played;
    if (this.play?.at && played.move(...this.play.at)) this._draw(tile);
  },

  _draw(tile) {
    if (!tile.data && !tile.played) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const side = SIZE + 2 * MARGIN;
    tile.marks = tile.played ? tile.played.marks() : marks(tile.data);
    if (tile.canvas.width !== side * ratio) {
      tile.canvas.width = tile.canvas.height = side * ratio;
      Object.assign(tile.canvas.style, { width: `${side}px`, height: `${side}px`, margin: `${-MARGIN}px` });
    }
    const ctx = tile.canvas.getContext('2d');
    ctx.setTransform(ratio, 0, 0, ratio, MARGIN * ratio, MARGIN * ratio);
    ctx.clearRect(-MARGIN, -MARGIN, side, side);
    for (const mark of tile.marks) if (mark.count > 1) disc(ctx, this.layer, mark);
    for (const mark of tile.marks) if (mark.count === 1) stamp(ctx, this.layer, mark);
  },

  _standing() {
    return Math.round(this._map.getZoom());
  },

  /** @returns {Object[]} the tiles held at the zoom the map stands at */
  current() {
    return [...this.held.values()].filter((tile) => tile.coords.z === this._standing() && tile.data);
  },

  /** @returns {boolean} whether any held tile has this record as a mark of its own */
  holds(id) {
    return this.current().some((tile) => tile.data.id.includes(id));
  },

  /**
   * Find the mark under a point of the map.
   * @param {L.LatLng} at
   * @returns {Object|null} the mark, with its lat and lon
   */
  pick(at) {
    if (this.play) return null;
    const zoom = this._standing();
    const scale = this._map.getZoomScale(this._map.getZoom(), zoom);
    const point = this._map.project(at.wrap(), zoom);
    let [best, found] = [Infinity, null];
    for (const tile of this.current()) {
      const [x, y] = [point.x - tile.coords.x * SIZE, point.y - tile.coords.y * SIZE];
      if (x < -20 || y < -20 || x > SIZE + 20 || y > SIZE + 20) continue;
      for (const mark of tile.marks) {
        const away = Math.hypot(mark.x - x, mark.y - y) * scale - (mark.count > 1 ? reach(mark.count) : 7);
        if (away < Math.min(best, 6)) [best, found] = [away, { tile, mark }];
      }
    }
    if (!found) return null;
    const { tile, mark } = found;
    const world = SIZE * 2 ** zoom;
    return {
      ...mark, layer: this.layer.id,
      lon: ((tile.coords.x * SIZE + mark.x) / world) * 360 - 180, lat: latitude((tile.coords.y * SIZE + mark.y) / world),
    };
  },
});
