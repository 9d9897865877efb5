/** The frame's composition: what stands where, and who hears of what. */

import { Card } from './card.js';
import { Chooser } from './chooser.js';
import { reading, zoomer } from './corners.js';
import { el, narrow } from './dom.js';
import { Feed } from './feed.js';
import { filters } from './filters.js';
import { keys } from './keys.js';
import { legend } from './legend.js';
import { Link } from './link.js';
import { Live } from './live.js';
import { json } from './load.js';
import { forget } from './marks.js';
import { panel } from './panel.js';
import { Picture } from './picture.js';
import { keepBack, keepPlace, spelled } from './place.js';
import { closePopover } from './popover.js';
import { Progress } from './progress.js';
import { reporter } from './reporter.js';
import { Search } from './search.js';
import { Session } from './session.js';
import { strip } from './strip.js';
import { Timeline } from './timeline.js';
import { watcher } from './watcher.js';

/** What the first view does without is fetched once it is whole, milliseconds after the link stands. */
const SOON = 5000;
/** Alerts come right after it, milliseconds. */
const NEXT = 500;
const LATER = ['./measure.js', './player.js', './played.js', './record.js', './way.js', './keep.js', './nearby.js', './watch.js'];

/**
 * Build the frame around folium's map.
 * @param {L.Map} map
 * @param {Promise<Response>[]} early the mission and the portrayal, asked for already
 * @returns {Promise<{show: function(string, string, string=): void, paint: function(): void}>}
 */
export async function start(map, early) {
  const progress = new Progress(map.getContainer());
  const [mission, portrayal] = await Promise.all(early.map((answer) => answer.then(json)));
  await styled();
  const session = new Session(mission, portrayal, progress);
  const link = new Link(session, () => [{ v: session.view, n: session.number }, { m: spelled(map) }]);
  const parts = furnish(map, session, link);
  document.body.append(parts.frame);
  map.invalidateSize({ animate: false, pan: false });
  keepBack(session);
  const place = keepPlace(map, mission, (text) => link.say({ m: text }));
  new ResizeObserver(() => map.invalidateSize({ animate: false, pan: false })).observe(map.getContainer());
  const picture = new Picture(map, session);
  parts.ready(picture);
  new Live(session, link, { picture, ...parts });
  return {
    show: (view, token, asks = '') => {
      link.join(token);
      parts.ask(asks);
      session.follow(view);
      setTimeout(place.mark, 300);
    },
    paint: () => {
      forget();
      picture.repaint();
      parts.repaint();
    },
  };
}

/** Wait for the style sheets: the component adds them after the scripts. */
async function styled() {
  await Promise.all([...document.querySelectorAll('link[rel=stylesheet]')].map((sheet) => sheet.sheet || new Promise((done) => {
    sheet.addEventListener('load', done);
    sheet.addEventListener('error', done);
  })));
}

/** Make every part of the frame and put it in its place. */
function furnish(map, session, link) {
  const filter = filters(session);
  const onWatch = watcher(session, link);
  const top = strip(session, () => link, filter.opener, onWatch.box);
  const side = legend(session, narrow(), (layer) => import('./keep.js').then(({ drop }) => drop(session, link, layer)));
  const chooser = new Chooser(map, session);
  const list = new Feed(session, (item) => chooser.open(item));
  const detail = new Card(session, { ...chooser.does, link });
  const find = new Search(session, (item) => chooser.found(item));
  const report = reporter(map, session, link);
  const right = panel({ find: find.box, feed: list.box, card: detail.box, report: report.box, watch: onWatch.place });
  const foot = new Timeline(session);
  const relating = related(session, link);
  const zoom = zoomer(map);
  const banner = el('p', { id: 'gl-banner', role: 'alert', hidden: true });
  const readout = el('output', { id: 'gl-measured', hidden: true });
  const place = reading(map, session, (what) => link.say(what));
  const stage = el('main', { id: 'gl-map' }, map.getContainer(), zoom.box, side.box, place, readout, report.opener, banner);
  const frame = el('div', { id: 'gl' }, top.box, stage, right.box, foot.box, filter.panel, ...top.panels);

  return {
    frame, banner, list, detail, ask: relating.ask,
    summed: (sum) => [top, side, foot].forEach((part) => part.summed(sum)),
    repaint: () => { side.repaint(); list.repaint(); foot.repaint(); },
    ready: (picture) => {
      const left = session.left();
      foot.picture = picture;
      relating.ready({ picture, right, chooser, legend: side.box, filter: filter.opener });
      const ruler = ruled(map, picture.overlay, zoom.ruler, readout);
      session.on('hello', () => setTimeout(later, SOON));
      const seen = { map, plot: foot.canvas.parentNode, right, stage, shapes: picture.shapes };
      session.progress.first.then(() => setTimeout(() => import('./ticks.js').then(({ ticks }) => ticks(session, seen)), SOON));
      onWatch.ready({ right });
      report.ready({ right, list, readout, overlay: picture.overlay });
      session.on('read', (found) => import('./way.js').then(({ way }) => way(session, picture, found)).catch(() => {}));
      chooser.ready({ picture, detail, right, list, ruler, report });
      if (left) chooser.open(left);
      session.progress.first.then(() => setTimeout(watched, NEXT, session, link, { right, list, open: (item) => chooser.found(item) }));
      keys(map, {
        search: () => { right.raise(); find.focus(); },
        legend: side.fold,
        report: report.open,
        back: ruler.back,
        escape: () => closePopover() || find.close() || ruler.stop() || foot.stop() || report.close() || onWatch.close() || chooser.close(),
      });
    },
  };
}

/** Fetch what shows how layers stand to one another once a view asks for it, what says that a view is of an area or of a place only, and the panel that asks once the page wants it. */
function related(session, link) {
  const [coming, parts] = [new Set(), { session, link }];
  const need = async (path) => {
    if (coming.has(path)) return;
    coming.add(path);
    session.progress.begin(path);
    const code = await import(path).catch(() => setTimeout(() => { coming.delete(path); need(path); }, 2000));
    await code.furnish?.(parts);
    if (code.furnish) session.progress.end(path);
  };
  session.on('view', () => {
    const { where, bbox, kp, scenes, filters: { post, settlement } } = session.parsed;
    if (scenes.length) need('./scenes.js');
    if (where) need('./reach.js');
    if (bbox) need('./bounds.js');
    if (kp || post || settlement) need('./nearby.js');
  });
  return {
    ask: (what) => {
      parts.right.ask(what);
      if (what) need(`./${what}.js`);
    },
    ready: (given) => { Object.assign(parts, given); },
  };
}

/** Fetch what is not asked for yet, so that it is there when the link is not. */
function later() {
  for (const path of LATER) import(path).catch(() => {});
}

/** Show what alerts there are, and keep them in step; where the code does not come, it is fetched again. */
function watched(...parts) {
  import('./alerts.js').then(({ alerts }) => alerts(...parts)).catch(() => setTimeout(watched, SOON, ...parts));
}

/** Make the measuring tool once its button is pressed. */
function ruled(map, overlay, opener, readout) {
  let tool = null;
  opener.setAttribute('aria-pressed', 'false');
  opener.addEventListener('click', async () => {
    tool ??= (await import('./measure.js')).measure(map, overlay, opener, readout);
    tool.turn();
  });
  return {
    on: () => Boolean(tool?.on()),
    stop: () => Boolean(tool?.stop()),
    click: (at) => tool.click(at),
    back: () => tool?.back(),
  };
}
