/** What lies on top: incidents just in, rings round the new, the selection, a place that was asked for. */

import { across, down, latitude } from './geometry.js';
import { pixels, precision, stamp } from './marks.js';
import { still } from './dom.js';
import { colours } from './theme.js';
import { lies } from './tiles.js';

const PULSE = 1600;
export const NEW_FOR = 600000;

/** Holds what is drawn above every tile. */
export class Overlay {
  /** @param {Object} session */
  constructor(session) {
    this.session = session;
    this.fresh = new Map();
    this.rings = new Map();
    this.selected = null;
    this.mark = null;
    this.route = null;
    this.refresh = () => {};
  }

  /** Draw an incident at once, before its tile has come again. */
  push(item, pulse) {
    this.fresh.set(item.id, item);
    this.ring(item, pulse);
  }

  /** Ring an incident as new. */
  ring(item, pulse) {
    this.rings.set(item.id, { ...item, began: pulse && !still() ? performance.now() : -Infinity });
    this.refresh();
  }

  /** Take records off that are no longer current. */
  drop(ids) {
    for (const id of ids) {
      this.fresh.delete(id);
      this.rings.delete(id);
    }
    this.refresh();
  }

  /** Forget everything pushed: the view is another. */
  clear() {
    this.fresh.clear();
    this.rings.clear();
    this.refresh();
  }

  /** Leave to the tile what the tile now draws itself. */
  settle(layer, tile) {
    for (const [id, item] of this.fresh) {
      if (item.layer !== layer.id) continue;
      if (lies(item, tile.coords) && tile.data.version >= (item.version || 0)) this.fresh.delete(id);
    }
    this.refresh();
  }

  /** Draw. */
  paint(ctx, frame) {
    const place = (lon, lat, copy) => ({ x: across(lon) * frame.world + copy - frame.left, y: down(lat) * frame.world - frame.top });
    const hidden = this.session.parsed?.hide || [];
    const old = this.session.now() - NEW_FOR;
    for (const copy of frame.copies) {
      if (this.selected) this._select(ctx, frame, copy, place);
      for (const item of this.fresh.values()) {
        const layer = this.session.layer(item.layer);
        if (layer && !hidden.includes(item.layer)) stamp(ctx, layer, { ...item, ...place(item.lon, item.lat, copy) });
      }
      for (const item of this.rings.values()) {
        if (item.recorded > old && !hidden.includes(item.layer)) this._ring(ctx, item, place(item.lon, item.lat, copy));
      }
      for (const ring of this.mark?.outline || []) edge(ctx, ring.map(([lon, lat]) => place(lon, lat, copy)));
      if (this.mark) cross(ctx, place(this.mark.lon, this.mark.lat, copy));
      this.route?.(ctx, frame, copy, place);
    }
  }

  _ring(ctx, item, { x, y }) {
    ctx.strokeStyle = colours().ring;
    ctx.lineWidth = 1.6;
    ctx.beginPath();
    ctx.arc(x, y, 12, 0, 2 * Math.PI);
    ctx.stroke();
    const along = (performance.now() - item.began) / PULSE;
    if (along >= 1) return;
    ctx.globalAlpha = 1 - along;
    ctx.lineWidth = 2.5;
    ctx.beginPath();
    ctx.arc(x, y, 12 + 22 * along, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.globalAlpha = 1;
    this.refresh();
  }

  _select(ctx, frame, copy, place) {
    const { lon, lat, metres, observed = [] } = this.selected;
    for (const ring of observed) edge(ctx, ring.map(([east, north]) => place(east, north, copy)));
    const { x, y } = place(lon, lat, copy);
    const radius = metres > 1 ? pixels(metres, lat, frame.world) : 0;
    ctx.strokeStyle = colours().pick;
    if (radius > 10 && radius < 4000) {
      ctx.lineWidth = 1.2;
      ctx.setLineDash([4, 4]);
      ctx.beginPath();
      ctx.arc(x, y, radius, 0, 2 * Math.PI);
      ctx.stroke();
      ctx.setLineDash([]);
    }
    // What the view leaves out has no mark but this one.
    if (this.selected.outside) stamp(ctx, this.session.layer(this.selected.layer), { ...this.selected, x, y });
    corners(ctx, x, y);
  }
}

function corners(ctx, x, y) {
  for (const [colour, width] of [[colours().paper, 5], [colours().pick, 2.4]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    for (const [sx, sy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]]) {
      ctx.moveTo(x + sx * 16, y + sy * 9);
      ctx.lineTo(x + sx * 16, y + sy * 16);
      ctx.lineTo(x + sx * 9, y + sy * 16);
    }
    ctx.stroke();
  }
}

function edge(ctx, ring) {
  ctx.beginPath();
  ring.forEach(({ x, y }) => ctx.lineTo(x, y));
  ctx.closePath();
  for (const [colour, width] of [[colours().paper, 4], [colours().pick, 1.6]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

function cross(ctx, { x, y }) {
  for (const [colour, width] of [[colours().paper, 4.5], [colours().pick, 1.8]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      ctx.moveTo(x + 5 * dx, y + 5 * dy);
      ctx.lineTo(x + 18 * dx, y + 18 * dy);
    }
    ctx.stroke();
  }
}

/**
 * Draw how far off each record may lie, where that is wide enough to see.
 * @param {CanvasRenderingContext2D} ctx
 * @param {import('./sheet.js').Frame} frame
 * @param {Object[]} layers the point tiles in sight
 */
export function halos(ctx, frame, layers) {
  ctx.strokeStyle = ctx.fillStyle = colours().dim;
  const seen = new Set();
  for (const tile of layers.flatMap((tiles) => tiles.current())) {
    if (tile.data.cells && tile.coords.z < 12) continue;
    for (const { x, y, precision: code } of tile.marks) {
      const [left, top] = [tile.coords.x * 256 + x, tile.coords.y * 256 + y];
      const radius = code ? pixels(precision(code), latitude(top / frame.world), frame.world) : 0;
      const key = `${Math.round(left)}/${Math.round(top)}/${code}`;
      if (radius < 12 || radius > 1500 || seen.has(key) || seen.size > 400) continue;
      seen.add(key);
      for (const copy of frame.copies) circle(ctx, left + copy - frame.left, top - frame.top, radius);
    }
  }
}

function circle(ctx, x, y, radius) {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.globalAlpha = radius < 200 ? 0.05 : 0;
  ctx.fill();
  ctx.globalAlpha = 0.45;
  ctx.lineWidth = 1;
  ctx.stroke();
  ctx.globalAlpha = 1;
}
