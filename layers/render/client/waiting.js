/** How many findings of the view nobody has looked at: beside the number of alerts, on a narrow screen on the map; it leads to them. */

import { el, narrow } from './dom.js';
import { count } from './format.js';
import { address } from './load.js';

const SOON = 300;
const NARROW = '(max-width: 700px)';
const LAYER = 'findings';

/**
 * Say it as long as there are any, and keep in step with what the map shows.
 * @param {Object} session
 * @param {{right: Object, stage: HTMLElement, shapes: import('./shapes.js').Shapes}} parts the panel, the map's frame, and what it draws
 */
export function waiting(session, { right, stage, shapes }) {
  const line = el('a', { id: 'gl-waiting', hidden: true, on: { click: leave } });
  let timer;
  const look = () => {
    clearTimeout(timer);
    if (session.progress.pending.has(`shapes/${LAYER}`)) { soon(); return; }
    const proposed = (shapes.held.get(LAYER) || []).filter(({ dashed }) => dashed).length;
    line.textContent = `${count(proposed)} ${proposed === 1 ? 'finding' : 'findings'} to look at`;
    line.href = address('imagery', { part: 'Findings', v: session.view });
    line.hidden = !proposed;
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(look, SOON); };
  // It comes late, so it stands where nothing has to make room for it.
  const stand = () => {
    const beside = right.alerts.querySelector('#gl-alerts-open');
    if (narrow()) stage.append(line);
    else if (beside) beside.after(line);
    else right.put(line);
  };
  matchMedia(NARROW).addEventListener('change', stand);
  for (const event of ['summed', 'changed', 'view', 'link']) session.on(event, soon);
  stand();
  look();
}

/**
 * Follow a link in the page that holds the frame, which alone may leave.
 * @param {MouseEvent} event
 */
export function leave(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  Object.assign(parent.document.createElement('a'), { href: event.currentTarget.href }).click();
}
