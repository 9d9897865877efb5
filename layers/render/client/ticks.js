/** When scenes were taken, on the time strip; one that is chosen lies on the map. With it come what says that findings wait, and the print frame. */

import { button, shown } from './dom.js';
import { dtg } from './format.js';
import { get, styled } from './load.js';
import { changed } from './view.js';
import { briefer } from './brief.js';
import { waiting } from './waiting.js';

const AGAIN = 5000;

/**
 * Mark the scenes on the time strip, and keep the marks in step with the span it shows.
 * @param {Object} session
 * @param {{plot: HTMLElement}} parts what the histogram is drawn in, and what `waiting` and `briefer` need
 */
export async function ticks(session, { plot, ...parts }) {
  let [listed, span] = [[], null];
  await styled('imagery');
  waiting(session, parts);
  briefer(session, parts);
  const draw = () => {
    for (const old of plot.querySelectorAll('.gl-tick')) old.remove();
    if (!span) return;
    const within = listed.filter(({ acquired }) => acquired >= span.start && acquired <= span.end);
    plot.append(...within.map((scene) => tick(session, scene, (scene.acquired - span.start) / (span.end - span.start || 1))));
  };
  const list = async () => {
    try {
      ({ scenes: listed } = await get('data/scenes', { v: session.view }));
      draw();
    } catch {
      setTimeout(list, AGAIN);
    }
  };
  session.on('summed', ({ histogram }) => { span = histogram; draw(); });
  session.on('changed', list);
  session.on('link', ({ lost }) => lost || list());
  session.on('view', () => session.touched?.size === 0 && draw());
  span = (await get('data/summary', { v: session.view }).catch(() => null))?.histogram;
  await list();
}

function tick(session, { id, title, acquired }, at) {
  const on = session.parsed.scenes.includes(id);
  const words = shown(`${title}, ${dtg(acquired)}: ${on ? 'on the map' : 'lay it on the map'}`);
  const lay = () => session.quiet(changed(session.view, { scenes: on ? [] : [id], look: '' }));
  const made = button('', lay, { class: 'gl-tick', title: words, 'aria-label': words, 'aria-pressed': String(on) });
  made.style.left = `${100 * at}%`;
  return made;
}
