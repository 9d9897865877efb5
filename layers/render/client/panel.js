/** The panel at the right; on a narrow screen a sheet at the bottom that stands at three heights. */

import { el, narrow } from './dom.js';

const HEIGHTS = ['peek', 'half', 'full'];

/**
 * Build the panel.
 * @param {{find: HTMLElement, feed: HTMLElement, card: HTMLElement, report: HTMLElement, watch: HTMLElement}} parts one of the last four is shown
 * @returns {{box: HTMLElement, alerts: HTMLElement, ask: function(string): void, put: function(...HTMLElement): void, show: function(string): void, raise: function(): void, stand: function(string): void,
 *   shown: function(): string}}
 */
export function panel({ find, feed, card, report, watch }) {
  const grip = el('button', { type: 'button', id: 'gl-grip', 'aria-label': 'Raise or lower the list' });
  const alerts = el('section', { id: 'gl-alerts', 'aria-label': 'Alerts' });
  const box = el('aside', { id: 'gl-panel', 'data-sheet': 'peek', 'aria-label': 'Incidents' }, grip, find, alerts, feed, card, report, watch);
  const parts = { feed, card, report, watch };
  let kept = 0;
  const list = feed.querySelector('.gl-scroll');
  const set = (height) => { box.dataset.sheet = height; box.style.height = ''; };
  drag(grip, box, set);
  return {
    box, alerts,
    shown: () => Object.keys(parts).find((name) => !parts[name].hidden),
    ask: (what) => { box.dataset.asks = what; },
    put: (...made) => feed.before(...made),
    raise: () => { if (narrow() && box.dataset.sheet === 'peek') set('half'); },
    stand: set,
    show: (name) => {
      const was = feed.hidden;
      if (!was && name !== 'feed') kept = list.scrollTop;
      for (const [each, part] of Object.entries(parts)) part.hidden = each !== name;
      if (was && name === 'feed') list.scrollTop = kept;
    },
  };
}

function drag(grip, box, set) {
  let from = null;
  grip.addEventListener('pointerdown', (event) => {
    from = { y: event.clientY, height: box.offsetHeight, moved: false };
    grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener('pointermove', (event) => {
    if (!from) return;
    const by = from.y - event.clientY;
    from.moved ||= Math.abs(by) > 6;
    if (from.moved) box.style.height = `${Math.max(64, Math.min(innerHeight - 44, from.height + by))}px`;
  });
  grip.addEventListener('pointerup', () => {
    if (from?.moved) {
      const share = box.offsetHeight / innerHeight;
      set(share < 0.25 ? 'peek' : share < 0.68 ? 'half' : 'full');
    }
  });
  grip.addEventListener('click', () => {
    if (!from?.moved) set(HEIGHTS[(HEIGHTS.indexOf(box.dataset.sheet) + 1) % 3]);
    from = null;
  });
}
