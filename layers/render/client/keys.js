/** The keyboard: the same keys in the frame and in the page around it. */

const STEP = 120;

/**
 * Listen for keys.
 * @param {L.Map} map
 * @param {{search: function(): void, escape: function(): boolean, legend: function(): void, report: function(): void,
 *   back: function(): void}} does
 */
export function keys(map, does) {
  const pans = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  const hear = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { key, target } = event;
    if (key === 'Escape') {
      if (does.escape()) event.preventDefault();
      return;
    }
    if (target.closest?.('input:not([type=checkbox]), textarea, select, [contenteditable], [role=listbox], [role=dialog]')) return;
    if (key in pans) {
      if (target.closest?.('.gl-scroll, [role=toolbar], [role=slider]')) return;
      map.panBy(pans[key], { animate: false });
    } else if (key === '/') does.search();
    else if (key === '+' || key === '=') map.zoomIn();
    else if (key === '-' || key === '_') map.zoomOut();
    else if (key === 'l' || key === 'L') does.legend();
    else if (key === 'r' || key === 'R') does.report();
    else if (key === 'Backspace') does.back();
    else return;
    event.preventDefault();
  };
  const around = (event) => { if (event.target === parent.document.body) hear(event); };
  document.addEventListener('keydown', hear);
  if (parent === window) return;
  parent.document.addEventListener('keydown', around);
  addEventListener('pagehide', () => parent.document.removeEventListener('keydown', around));
}
