/** Measuring on the map: click by click, along geodesics, with the bearing of each leg, and the ground that three or more enclose. */

import { area } from './area.js';
import { inverse } from './geodesic.js';
import { distance, extent } from './format.js';
import { colours } from './theme.js';

const RADIANS = Math.PI / 180;

/**
 * Make the measuring tool.
 * @param {L.Map} map
 * @param {import('./overlay.js').Overlay} overlay
 * @param {HTMLElement} opener its button
 * @param {HTMLElement} readout where the total stands
 * @returns {{on: function(): boolean, turn: function(): void, stop: function(): boolean, click: function(L.LatLng): void,
 *   back: function(): void}}
 */
export function measure(map, overlay, opener, readout) {
  let points = null;
  let ahead = null;
  const stop = () => {
    if (!points) return false;
    points = ahead = overlay.route = null;
    opener.setAttribute('aria-pressed', 'false');
    map.getContainer().classList.remove('gl-measuring');
    map.doubleClickZoom.enable();
    readout.hidden = true;
    overlay.refresh();
    return true;
  };
  const start = () => {
    points = [];
    opener.setAttribute('aria-pressed', 'true');
    map.getContainer().classList.add('gl-measuring');
    map.doubleClickZoom.disable();
    readout.hidden = false;
    overlay.route = (ctx, frame, copy, place) => {
      if (points.length > 2) close(ctx, copy, place, points);
      draw(ctx, copy, place, ahead ? [...points, ahead] : points);
    };
    update();
  };
  const update = () => {
    const legs = points.slice(1).map((point, i) => inverse(points[i], point));
    const metres = legs.reduce((sum, leg) => sum + leg.metres, 0);
    const about = legs.every((leg) => leg.exact) ? '' : '≈ ';
    const said = `${about}${distance(metres)} · ${legs.length} ${legs.length === 1 ? 'leg' : 'legs'}${enclosed(points)}`;
    readout.textContent = legs.length ? said : 'Click along the way, or round an area; Esc ends';
    overlay.refresh();
  };
  map.on('mousemove', ({ latlng }) => {
    if (!points?.length) return;
    ahead = [latlng.lng, latlng.lat];
    overlay.refresh();
  });
  return {
    on: () => points !== null,
    turn: () => (points ? stop() : start()),
    stop,
    click: ({ lat, lng }) => {
      const last = points[points.length - 1];
      if (!last || inverse(last, [lng, lat]).metres > 0) points.push([lng, lat]);
      ahead = null;
      update();
    },
    back: () => { points?.pop(); if (points) update(); },
  };
}

/** Say how much ground the corners enclose, if they do. */
function enclosed(points) {
  if (points.length < 3) return '';
  const metres = area(points);
  return metres === null ? ' · no area: the way crosses itself or goes round a pole' : ` · ${extent(metres)} enclosed`;
}

/**
 * Walk from one place to another the shortest way, in steps short enough to draw.
 * @param {number[]} from lon, lat
 * @param {number[]} to
 * @param {number} steps
 * @returns {number[][]} the places on the way, both ends included
 */
export function between(from, to, steps) {
  const vector = ([lon, lat]) => {
    const [l, p] = [lon * RADIANS, lat * RADIANS];
    return [Math.cos(p) * Math.cos(l), Math.cos(p) * Math.sin(l), Math.sin(p)];
  };
  const [a, b] = [vector(from), vector(to)];
  const angle = Math.acos(Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])));
  const way = [from];
  for (let i = 1; i < steps && angle > 1e-9; i++) {
    const [p, q] = [Math.sin((1 - i / steps) * angle), Math.sin((i / steps) * angle)];
    const [x, y, z] = a.map((value, k) => p * value + q * b[k]);
    const lon = Math.atan2(y, x) / RADIANS;
    const near = way[way.length - 1][0];
    way.push([lon + 360 * Math.round((near - lon) / 360), Math.atan2(z, Math.hypot(x, y)) / RADIANS]);
  }
  way.push([to[0] + 360 * Math.round((way[way.length - 1][0] - to[0]) / 360), to[1]]);
  return way;
}

/** Draw the ground that is enclosed, and the leg that closes it. */
function close(ctx, copy, place, points) {
  const ends = [points[points.length - 1], points[0]];
  const ring = [...points.slice(1).map((point, i) => between(points[i], point, 48)), between(...ends, 48)];
  const along = (lines) => {
    ctx.beginPath();
    lines.flat().forEach(([lon, lat], i) => {
      const { x, y } = place(lon, lat, copy);
      if (i) ctx.lineTo(x, y); else ctx.moveTo(x, y);
    });
  };
  ctx.fillStyle = ctx.strokeStyle = colours().measure;
  ctx.globalAlpha = 0.12;
  along(ring);
  ctx.fill('evenodd');
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1.2;
  ctx.setLineDash([4, 4]);
  along(ring.slice(-1));
  ctx.stroke();
}

function draw(ctx, copy, place, points) {
  const lines = points.slice(1).map((point, i) => between(points[i], point, 48));
  for (const [colour, width] of [[colours().paper, 5], [colours().measure, 1.8]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.setLineDash([]);
    ctx.beginPath();
    for (const line of lines) {
      line.forEach(([lon, lat], i) => {
        const { x, y } = place(lon, lat, copy);
        if (i) ctx.lineTo(x, y); else ctx.moveTo(x, y);
      });
    }
    ctx.stroke();
  }
  for (const [lon, lat] of points) dot(ctx, place(lon, lat, copy));
  lines.forEach((line, i) => write(ctx, place(...line[Math.floor(line.length / 2)], copy), inverse(points[i], points[i + 1])));
}

function dot(ctx, { x, y }) {
  ctx.beginPath();
  ctx.arc(x, y, 3.5, 0, 2 * Math.PI);
  ctx.fillStyle = colours().paper;
  ctx.fill();
  ctx.lineWidth = 1.8;
  ctx.strokeStyle = colours().measure;
  ctx.stroke();
}

function write(ctx, { x, y }, { metres, bearing, exact }) {
  const text = `${exact ? '' : '≈ '}${distance(metres)}  ${String(Math.round(bearing) % 360).padStart(3, '0')}°`;
  ctx.font = '600 12px system-ui, sans-serif';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.lineWidth = 4;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = colours().paper;
  ctx.strokeText(text, x, y - 12);
  ctx.fillStyle = colours().text;
  ctx.fillText(text, x, y - 12);
}
