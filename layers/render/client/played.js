/** Tiles that are played: how many of what look came into each cell when, and what stands in a window of that. */

import { address } from './load.js';
import { merged, SIZE } from './tiles.js';

const MAGIC = 0x31504c47;
const ACROSS = 16;
const CELLS = ACROSS * ACROSS;
/** Beyond so many in a tile, cells are put together by fours. */
const SPARSE = 110;
const SCALE = SIZE / 65536;

/**
 * Fetch for every tile in sight of some layers what plays a span through; the picture stands until the first frame.
 * @param {Object[]} layers of incidents, as the map holds them
 * @param {string} view of the span
 * @param {number} bins into how many parts it is cut
 * @returns {Promise<function(number, number): void>} shows the window from one part of the span to another
 */
export async function played(layers, view, bins) {
  for (const layer of layers) layer.play = { Played, view, bins };
  await Promise.all(layers.flatMap((layer) => [...layer.held.values()].map((tile) => layer._load(tile))));
  return (from, to) => layers.forEach((layer) => layer.play && framed(layer, from, to));
}

/**
 * Fetch how many reports the whole map holds in each part of a span, beyond the tiles in sight as well.
 * @param {Object[]} layers of incidents, as the map holds them
 * @param {string} view of the span
 * @param {number} bins into how many parts it is cut
 * @returns {Promise<function(number, number): number|null>} counts the window from one part to another; null where the server does not say
 */
export async function counted(layers, view, bins) {
  try {
    const wholes = await Promise.all(layers.map(({ layer }) => whole(layer.id, { v: view, bins })));
    return (from, to) => wholes.reduce((sum, one) => { one.move(from, to); return sum + one.total; }, 0);
  } catch {
    return () => null;
  }
}

/** Return the one tile of all the world. */
async function whole(layer, query) {
  const answer = await fetch(address(`data/played/${layer}/0/0/0`, query));
  if (!answer.ok) throw new Error(await answer.text());
  return new Played(await answer.arrayBuffer());
}

function framed(layer, from, to) {
  layer.play.at = [from, to];
  for (const tile of layer.held.values()) if (tile.played?.move(from, to)) layer._draw(tile);
}

/** Let layers show again what the view holds, from what is held where that is the same. */
export function still(layers) {
  for (const layer of layers.filter(({ play }) => play)) {
    layer.play = null;
    for (const tile of layer.held.values()) {
      tile.played = null;
      if (tile.data && tile.view === layer.session.view) layer._draw(tile); else layer._load(tile);
    }
  }
}

/** Holds one tile's entries and, cell by cell, what of them stands in the window. */
export class Played {
  /** @param {ArrayBuffer} bytes `/data/played` */
  constructor(bytes) {
    const [magic, bins, entries, glyphs] = new Uint32Array(bytes, 0, 4);
    if (magic !== MAGIC) throw new Error('a tile is not what it should be; reload the page');
    let at = 16;
    const column = (Kind, n) => {
      const made = new Kind(bytes, at, n);
      at += made.byteLength;
      return made;
    };
    Object.assign(this, {
      bins, glyphs, first: column(Uint32Array, bins + 1), x: column(Uint16Array, CELLS), y: column(Uint16Array, CELLS),
      count: column(Uint16Array, entries), cell: column(Uint8Array, entries), look: column(Uint8Array, entries),
    });
    this.looks = this.look.reduce((most, look) => Math.max(most, look + 1), 1);
    this.held = new Int32Array(CELLS * this.looks);
    this.all = new Int32Array(CELLS);
    this.from = this.to = this.total = 0;
  }

  /**
   * Move the window to other parts of the span.
   * @param {number} from the first part in it
   * @param {number} to the first part beyond it
   * @returns {boolean} whether anything in it is otherwise
   */
  move(from, to) {
    let changes = 0;
    if (from >= this.to || to <= this.from) {
      changes = this._add(this.from, this.to, -1);
      this.from = this.to = from;
    }
    changes += this._add(this.to, to, 1) + this._add(to, this.to, -1);
    changes += this._add(from, this.from, 1) + this._add(this.from, from, -1);
    Object.assign(this, { from, to });
    return changes > 0;
  }

  /** Add the entries of some parts of the span to what stands, or take them away; return how many there are. */
  _add(from, to, sign) {
    if (from >= to) return 0;
    const [begin, end] = [this.first[from], this.first[to]];
    for (let i = begin; i < end; i++) {
      const n = sign * this.count[i];
      this.held[this.cell[i] * this.looks + this.look[i]] += n;
      this.all[this.cell[i]] += n;
      this.total += n;
    }
    return end - begin;
  }

  /** @returns {Object[]} the marks of what stands in the window, the worst last */
  marks() {
    const wide = this.total <= SPARSE ? 1 : 2;
    const places = new Map();
    for (let cell = 0; cell < CELLS; cell++) {
      const count = this.all[cell];
      if (!count) continue;
      const [column, row] = unravelled(cell);
      const key = Math.floor(row / wide) * ACROSS + Math.floor(column / wide);
      const look = this._worst(cell);
      const held = places.get(key);
      const [x, y] = [this.x[cell] * SCALE, this.y[cell] * SCALE];
      if (!held) places.set(key, { x, y, count, look });
      else {
        held.x += ((x - held.x) * count) / (held.count + count);
        held.y += ((y - held.y) * count) / (held.count + count);
        held.count += count;
        held.look = Math.min(held.look, look);
      }
    }
    const made = [...places.values()].map(({ x, y, count, look }) => (
      { x, y, count, hue: Math.floor(look / this.glyphs), glyph: look % this.glyphs, precision: 0, ids: [], spread: 0 }));
    return merged(made).sort((a, b) => b.hue - a.hue || b.count - a.count);
  }

  /** Return the look of the worst hue that stands in a cell; hues are the worst first. */
  _worst(cell) {
    let at = cell * this.looks;
    while (!this.held[at]) at += 1;
    return at - cell * this.looks;
  }
}

/** Return column and row of a cell: their bits take turns in its number, the row's first. */
function unravelled(cell) {
  let [column, row] = [0, 0];
  for (let bit = 0; bit < 4; bit++) {
    column |= ((cell >> (2 * bit)) & 1) << bit;
    row |= ((cell >> (2 * bit + 1)) & 1) << bit;
  }
  return [column, row];
}
