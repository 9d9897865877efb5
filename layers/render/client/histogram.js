/** The histogram of the time strip: bars, the span that is chosen, and when. */

import { clock, day } from './format.js';
import { colours } from './theme.js';

const FOOT = 15;
const HOUR = 3600000;
const STEPS = [1 / 6, 0.5, 1, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760].map((hours) => hours * HOUR);

/**
 * Draw the histogram into the whole of its place.
 * @param {HTMLCanvasElement} canvas
 * @param {{base: Object|null, drag: Object|null, head: number[]|null, brush: Object|null}} state
 */
export function draw(canvas, state) {
  const { clientWidth: width, clientHeight: height } = canvas.parentNode;
  if (!width || !height) return;
  const ratio = Math.min(2, devicePixelRatio || 1);
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  const ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  const { base } = state;
  if (!base) return;
  const shades = colours();
  const span = base.end - base.start || 1;
  const at = (ms) => ((ms - base.start) / span) * width;
  const most = Math.max(1, ...base.counts);
  const range = chosen(state);
  if (range) band(ctx, range.map(at), height - FOOT, shades.pick);
  base.counts.forEach((number, i) => {
    if (!number) return;
    const [begin, tall] = [base.start + i * base.step, Math.max(2, (number / most) * (height - FOOT - 5))];
    const within = !range || (begin + base.step > range[0] && begin < range[1]);
    ctx.fillStyle = within ? shades.bar : shades.border;
    ctx.fillRect(at(begin), height - FOOT - tall, Math.max(1, at(begin + base.step) - at(begin) - 1), tall);
  });
  ticks(ctx, base, at, { width, height, shades });
}

/** Say which span is marked: the one being dragged, the one being played, else the brush. */
function chosen({ drag, head, brush }) {
  if (drag) return [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
  return head || (brush && [Date.parse(brush.from), Date.parse(brush.to)]);
}

function band(ctx, [from, to], height, colour) {
  ctx.fillStyle = colour;
  ctx.globalAlpha = 0.16;
  ctx.fillRect(from, 0, Math.max(2, to - from), height);
  ctx.globalAlpha = 1;
  for (const edge of [from, to]) ctx.fillRect(edge - 0.75, 0, 1.5, height);
}

/** Write the times along the foot, as many as there is room for. */
function ticks(ctx, base, at, { width, height, shades }) {
  const step = STEPS.find((size) => ((base.end - base.start) / size) * 74 < width) || STEPS.at(-1);
  ctx.fillStyle = shades.border;
  ctx.fillRect(0, height - FOOT, width, 1);
  ctx.font = '11px system-ui, sans-serif';
  ctx.textBaseline = 'alphabetic';
  ctx.textAlign = 'center';
  for (let ms = Math.ceil(base.start / step) * step; ms <= base.end; ms += step) {
    const x = at(ms);
    ctx.fillStyle = shades.border;
    ctx.fillRect(x, height - FOOT, 1, 4);
    if (x < 24 || x > width - 24) continue;
    ctx.fillStyle = shades.dim;
    ctx.fillText(step < 24 * HOUR && ms % (24 * HOUR) ? clock(ms) : day(ms, step > 700 * HOUR), x, height - 1);
  }
}
