/** The small layers: lines, areas and points drawn whole, below the incidents. */

import { around, flat, gap, inSight, inside, trace, walked } from './geometry.js';
import { newest } from './load.js';
import { stamp } from './marks.js';
import { colours, tint } from './theme.js';
import { off } from './view.js';

/** An area of fewer pixels is marked. */
const SMALL = 10;

/** Holds the features of every layer that is not tiled, and draws them in the catalogue's order. */
export class Shapes {
  /**
   * @param {Object} session
   * @param {function(): void} landed called when a layer's features have come
   */
  constructor(session, landed) {
    this.session = session;
    this.landed = landed;
    this.layers = [];
    this.held = new Map();
    this.fetch = new Map();
    this.asked = new Map();
  }

  /**
   * Take in which layers there are.
   * @returns {string[]} those that are new
   */
  learn() {
    this.layers = this.session.portrayal.layers.filter((layer) => !layer.tiled).sort((a, b) => a.order - b.order);
    const there = this.layers.map(({ id }) => id);
    const added = there.filter((id) => !this.fetch.has(id));
    for (const id of added) this.fetch.set(id, newest(`data/features/${id}`));
    for (const id of [...this.fetch.keys()].filter((one) => !there.includes(one))) {
      this.fetch.delete(id);
      this._forget(id);
    }
    return added;
  }

  /**
   * Fetch what the view shows; what it hides is dropped.
   * @param {Set<string>|null} only of these layers; null for all
   */
  reload(only) {
    for (const layer of this.layers.filter(({ id }) => !only || only.has(id))) {
      if (off(this.session.parsed, layer)) this._forget(layer.id); else this._load(layer);
    }
    this.landed();
  }

  _forget(id) {
    this.held.delete(id);
    this.asked.delete(id);
    this.session.progress.end(`shapes/${id}`);
  }

  async _load(layer) {
    const { progress, view } = this.session;
    const key = `shapes/${layer.id}`;
    this.asked.set(layer.id, view);
    progress.begin(key);
    try {
      const found = await this.fetch.get(layer.id)?.({ v: view });
      if (!found || this.asked.get(layer.id) !== view) return;
      this.held.set(layer.id, found.features.map(prepared));
      this.landed();
      progress.met(found.version);
      progress.end(key);
    } catch {
      setTimeout(() => this.asked.get(layer.id) === view && !progress.lost && this._load(layer), 2000);
    }
  }

  /** Draw everything, the lowest first. */
  paint(ctx, frame) {
    for (const layer of this.layers) {
      for (const feature of this.held.get(layer.id) || []) {
        for (const copy of frame.copies) if (inSight(feature.grown, frame, copy)) draw(ctx, frame, copy, layer, feature);
      }
    }
  }

  /** @returns {Generator<{layer: Object, feature: Object}>} what may be named, the most important first */
  * named(zoom) {
    for (const layer of [...this.layers].reverse()) {
      if (layer.label_zoom === null || layer.label_zoom === undefined || zoom < layer.label_zoom) continue;
      for (const feature of this.held.get(layer.id) || []) if (feature.label) yield { layer, feature };
    }
  }

  /**
   * Find the topmost feature under a point of the canvas: its mark, line or edge, else the area of a layer that has marks.
   * @param {import('./sheet.js').Frame} frame
   * @param {number} x
   * @param {number} y
   * @returns {{layer: string, id: number}|null}
   */
  pick(frame, x, y) {
    const turns = Math.floor((x + frame.left) / frame.world);
    const here = { ...frame, left: frame.left - turns * frame.world };
    const at = [(x + here.left) / frame.world, (y + frame.top) / frame.world];
    return this._first((layer, feature) => !layer.asked && touched(layer, feature, here, x, y))
      || this._first((layer, { kind, parts }) => layer.glyphs.length && kind === 'area' && inside(parts, ...at));
  }

  _first(holds) {
    for (const layer of [...this.layers].reverse()) {
      const feature = this.held.get(layer.id)?.find((one) => holds(layer, one));
      if (feature) return { layer: layer.id, id: feature.id, ids: [feature.id] };
    }
    return null;
  }

  /** @returns {Object|undefined} a feature by its layer and id */
  find(layer, id) {
    return this.held.get(layer)?.find((feature) => feature.id === id);
  }
}

/**
 * Make a feature ready to be drawn.
 * @param {{kind: string, parts: number[][]}} feature as the server writes it
 * @returns {Object} the feature, its parts flat, and the box around them
 */
export function prepared(feature) {
  const parts = feature.parts.filter((part) => part.length).map(walked).map(flat);
  const box = around(parts);
  const more = feature.kind === 'point' ? 1e-6 : 0;
  return { ...feature, parts, box, grown: [box[0] - more, box[1] - more, box[2] + more, box[3] + more] };
}

/** Say whether a point touches a feature; of an area only its edge, as inside most is where one clicks for other things. */
function touched(layer, feature, frame, x, y) {
  const at = mark(layer, feature, frame, 0);
  if (at) return Math.hypot(at.x - x, at.y - y) < 11;
  if (feature.kind === 'line') return feature.parts.some((part) => gap(part, frame, x, y) < 4 + layer.width / 2);
  return feature.parts.some((part) => gap(part, frame, x, y) < 5);
}

/** Say where a feature is a mark: a point, and an area too small to be seen where its layer has marks; null for an outline. */
function mark(layer, { kind, box: [west, north, east, south] }, { world, left, top }, copy) {
  const small = kind === 'area' && layer.glyphs.length && Math.max(east - west, south - north) * world < SMALL;
  return kind === 'point' || small ? { x: ((west + east) / 2) * world + copy - left, y: ((north + south) / 2) * world - top } : null;
}

function draw(ctx, frame, copy, layer, feature) {
  const at = mark(layer, feature, frame, copy);
  if (at) {
    stamp(ctx, layer, { ...feature, ...at }, frame.zoom < 10 ? 0.7 : 1);
    return;
  }
  const [west, north, east, south] = feature.box;
  const path = new Path2D();
  if (feature.kind === 'line' && west === east && north === south) spot(path, feature.box, frame, copy, layer.width);
  else for (const part of feature.parts) trace(path, part, frame, copy, feature.kind === 'area');
  if (layer.hues[feature.hue].hatch) hatch(ctx, path, layer, feature, frame); else outline(ctx, path, layer, feature);
}

/** Fill a path with lines that rise to the right; they lie still on the ground while the map moves. */
function hatch(ctx, path, layer, feature, { left, top, width, height }) {
  const lines = new Path2D();
  const step = layer.hues[feature.hue].hatch;
  const begin = -height - ((((left + top) % step) + step) % step);
  for (let x = begin; x < width + step; x += step) {
    lines.moveTo(x, height);
    lines.lineTo(x + height, 0);
  }
  ctx.save();
  ctx.clip(path, 'evenodd');
  ctx.globalAlpha = 0.6;
  ctx.strokeStyle = tint(layer.hues[feature.hue]);
  ctx.lineWidth = layer.width;
  ctx.stroke(lines);
  ctx.restore();
}

/** Draw what stood still all the time, which no line shows. */
function spot(path, [x, y], { world, left, top }, copy, width) {
  path.arc(x * world + copy - left, y * world - top, width, 0, 2 * Math.PI);
}

/** Fill and stroke a path as its layer is portrayed. */
function outline(ctx, path, layer, feature) {
  const hue = tint(layer.hues[feature.hue]);
  ctx.lineJoin = ctx.lineCap = 'round';
  if (feature.kind === 'area' && layer.fill) {
    ctx.globalAlpha = layer.fill;
    ctx.fillStyle = hue;
    ctx.fill(path, 'evenodd');
    ctx.globalAlpha = 1;
  }
  const dashed = feature.dashed || layer.dash_always;
  if (dashed) ctx.lineCap = 'butt';
  if (layer.casing) {
    ctx.strokeStyle = colours().casing;
    ctx.lineWidth = layer.width + 3;
    ctx.stroke(path);
  }
  if (dashed) ctx.setLineDash(layer.dash);
  ctx.globalAlpha = layer.casing ? 1 : feature.kind === 'line' || layer.fill ? 0.85 : 0.6;
  ctx.strokeStyle = hue;
  ctx.lineWidth = layer.width;
  const filled = feature.kind === 'area' && layer.fill;
  if (filled) {
    // Its edge lies within it: of two that meet, both are seen.
    ctx.save();
    ctx.clip(path, 'evenodd');
    ctx.lineWidth *= 2;
  }
  ctx.stroke(path);
  if (filled) ctx.restore();
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);
}
