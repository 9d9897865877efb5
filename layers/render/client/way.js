/** The way by road on which the nearest help comes to the record that is open. */

import { inSight, trace } from './geometry.js';
import { prepared } from './shapes.js';
import { Sheet } from './sheet.js';
import { colours } from './theme.js';

const [WIDTH, CASING, DASH] = [3, 7, [9, 5]];
let laid = null;

/**
 * Draw the way of a record, and take it off once the record is left.
 * @param {Object} session
 * @param {import('./picture.js').Picture} picture
 * @param {Object} found the record as the card has it
 */
export function way(session, picture, found) {
  laid ??= lay(session, picture);
  const parts = found.rows.flatMap(({ way: line }) => line || []);
  laid.line = parts.length ? prepared({ kind: 'line', parts }) : null;
  laid.sheet.refresh();
}

function lay(session, picture) {
  const made = { line: null };
  made.sheet = new Sheet('reach', (ctx, frame) => made.line && paint(ctx, frame, made.line));
  picture.lay('way', made.sheet);
  session.on('select', (item) => {
    if (item) return;
    made.line = null;
    made.sheet.refresh();
  });
  return made;
}

function paint(ctx, frame, line) {
  const path = new Path2D();
  for (const copy of frame.copies) if (inSight(line.grown, frame, copy)) for (const part of line.parts) trace(path, part, frame, copy, false);
  ctx.lineJoin = ctx.lineCap = 'round';
  ctx.strokeStyle = colours().casing;
  ctx.lineWidth = CASING;
  ctx.stroke(path);
  ctx.lineCap = 'butt';
  ctx.setLineDash(DASH);
  ctx.strokeStyle = colours().pick;
  ctx.lineWidth = WIDTH;
  ctx.stroke(path);
  ctx.setLineDash([]);
}
