/** Single marks: a glyph in its hue on a paper casing, drawn once and stamped thereafter. */

import { icon } from './dom.js';
import { colours, tint } from './theme.js';

const HALF = 14;
const SPOT = 'M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0Z';
/** Between the width of a layer's lines and that of its marks, pixels. */
const BOLDER = 0.3;
const stamps = new Map();

/** Forget every stamp: the theme has changed. */
export const forget = () => stamps.clear();

/**
 * Say how strongly a class is filled: the worst most, so that it holds in grey as well.
 * @param {number} index of the class, 0 is the worst
 * @param {number} all how many there are
 * @returns {number}
 */
export const strength = (index, all) => (all < 2 ? 0.3 : 0.85 - 0.65 * (index / (all - 1)));

function drawn(layer, hue, glyph, ratio) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 2 * HALF * ratio;
  const ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  ctx.translate(HALF, HALF);
  ctx.lineJoin = ctx.lineCap = 'round';
  const path = new Path2D(layer.glyphs[glyph]?.path || SPOT);
  ctx.strokeStyle = ctx.fillStyle = colours().paper;
  ctx.lineWidth = 2 * layer.width + 2.4;
  ctx.stroke(path);
  ctx.fill(path);
  ctx.strokeStyle = ctx.fillStyle = tint(layer.hues[hue]);
  ctx.lineWidth = layer.width + BOLDER;
  ctx.globalAlpha = strength(hue, layer.hues.length);
  ctx.fill(path);
  ctx.globalAlpha = 1;
  ctx.stroke(path);
  return canvas;
}

/**
 * Draw a mark for a list as it is stamped on the map.
 * @param {Object} layer
 * @param {{hue: number, glyph: number, path?: string, colour?: string}} mark a path or a colour of its own stands for the class's
 * @param {number} size
 * @returns {SVGElement}
 */
export function sign(layer, { hue, glyph, path = layer.glyphs[glyph]?.path || SPOT, colour = tint(layer.hues[hue]) }, size) {
  const made = icon(path, { colour, fill: colour, size, width: layer.width + BOLDER });
  made.firstChild.setAttribute('fill-opacity', String(strength(hue, layer.hues.length)));
  return made;
}

/**
 * Stamp a mark.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Object} layer as `/data/portrayal` tells it
 * @param {{hue: number, glyph: number, x: number, y: number}} mark
 * @param {number} [scale]
 */
export function stamp(ctx, layer, { hue, glyph, x, y }, scale = 1) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const key = `${layer.id}/${hue}/${glyph}/${ratio}`;
  if (!stamps.has(key)) stamps.set(key, drawn(layer, hue, glyph, ratio));
  const half = HALF * scale;
  ctx.drawImage(stamps.get(key), x - half, y - half, 2 * half, 2 * half);
}

/**
 * Draw a cell of many as one circle, larger the more it holds.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Object} layer
 * @param {{hue: number, count: number, x: number, y: number}} cell
 */
export function disc(ctx, layer, { hue, count, x, y }) {
  ctx.beginPath();
  ctx.arc(x, y, reach(count), 0, 2 * Math.PI);
  ctx.fillStyle = tint(layer.hues[hue]);
  ctx.globalAlpha = 0.9;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1.2;
  ctx.strokeStyle = colours().paper;
  ctx.stroke();
  ctx.font = '600 10px system-ui, sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillStyle = colours().paper;
  ctx.fillText(rounded(count), x, y + 0.5);
}

function rounded(count) {
  if (count < 1000) return String(count);
  if (count < 999500) return `${(count / 1000).toFixed(count < 9950 ? 1 : 0)}k`;
  return `${(count / 1e6).toFixed(1)}M`;
}

/**
 * Choose a cell's radius.
 * @param {number} count
 * @returns {number} pixels
 */
export const reach = (count) => Math.min(15, 6 + 0.95 * Math.log2(count));

/**
 * Read the precision code of a tile.
 * @param {number} code
 * @returns {number} metres, 0 for none
 */
export const precision = (code) => (code ? 2 ** (code / 4) : 0);

/**
 * Measure how many pixels a distance on the ground is.
 * @param {number} metres
 * @param {number} lat
 * @param {number} world pixels round the earth
 * @returns {number}
 */
export const pixels = (metres, lat, world) => (metres * world) / (40075016.686 * Math.cos((lat * Math.PI) / 180));
