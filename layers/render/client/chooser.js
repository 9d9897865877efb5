/** Choosing a record: from the map, the feed, the search or the page; one selection for all of them. */

import { later } from './dom.js';
import { painted } from './progress.js';
import { changed } from './view.js';

const CLOSE = 17;
const AGAIN = 300;

/** Turns clicks into an open card and a marked place, and gives the feed back. */
export class Chooser {
  /**
   * @param {L.Map} map
   * @param {Object} session
   */
  constructor(map, session) {
    Object.assign(this, { map, session });
    this.does = {
      close: () => this.close(),
      go: (item) => this.open(item),
      step: (by) => this.step(by),
      show: (found) => this.centre(found),
      lay: (scenes, found) => this.lay(scenes, found),
    };
  }

  /** Take the parts that come later, and listen to the map. */
  ready(parts) {
    Object.assign(this, parts);
    const { map, ruler, report, session } = this;
    let asked = 0;
    // Another view may hold what is open or leave it out.
    const again = later(AGAIN, () => {
      if (this.right.shown() === 'card' && session.selected && !session.playing) this.open(session.selected, true);
    });
    session.on('view', () => {
      if (!session.touched || session.touched.has(session.selected?.layer)) again();
    });
    map.on('click', ({ latlng }) => {
      if (ruler.on()) ruler.click(latlng);
      else if (report.on()) report.point(latlng);
      else this.point(latlng);
    });
    map.on('mousemove', ({ latlng }) => {
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        map.getContainer().classList.toggle('gl-over', !ruler.on() && !report.on() && Boolean(this.picture.pick(latlng)));
      });
    });
  }

  /** Act on a click on the map: a crowd is opened up, a record is shown. */
  point(at) {
    const hit = this.picture.pick(at);
    if (!hit) return;
    const zoom = this.map.getZoom();
    if (hit.count > 1 && hit.spread > 3 && zoom < CLOSE) {
      this.map.setView([hit.lat, hit.lon], Math.min(CLOSE, zoom + 2));
      return;
    }
    this.open({ layer: hit.layer, id: hit.ids[0], ids: hit.ids, at: 0 });
  }

  /** Open a record's card and mark it; the map moves only where it lies out of sight, and never for one that is open again. */
  async open(item, again = false) {
    const { session, right, detail } = this;
    session.select({ layer: item.layer, id: item.id, ids: item.ids, at: item.at });
    right.show('card');
    if (!again) right.raise();
    const found = await detail.open(session.selected);
    if (session.selected?.id !== item.id) return;
    if (!found) {
      // What stands in the card may be of a later question; only where it says that there is nothing is the mark taken off.
      if (!detail.shown) this.picture.overlay.selected = null;
      this.picture.overlay.refresh();
      return;
    }
    const { lon, lat, precision_m: metres, box } = found;
    if (lon === null || lon === undefined) return;
    const area = box && (box[0] !== box[2] || box[1] !== box[3]);
    this.picture.overlay.selected = area ? null : { ...found, metres };
    this.picture.overlay.refresh();
    if (!again && !area && !this.map.getBounds().pad(-0.03).contains([lat, lon])) this.map.panTo([lat, lon], { animate: false });
  }

  /** Open the next record at the same place. */
  step(by) {
    const { layer, ids, at } = this.session.selected || {};
    if (ids?.[at + by] !== undefined) this.open({ layer, ids, at: at + by, id: ids[at + by] });
  }

  /** Bring a record to the middle, near enough to see where it lies. */
  centre({ lon, lat, box }) {
    const area = box && (box[0] !== box[2] || box[1] !== box[3]);
    if (area) this.map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { maxZoom: 14, padding: [20, 20] });
    else this.map.setView([lat, lon], Math.max(13, this.map.getZoom()));
  }

  /** Lay two scenes under the map, before and after with the divide between them, about the record that rests on them. */
  lay(scenes, found) {
    this.session.quiet(changed(this.session.view, { scenes }));
    this.centre(found);
  }

  /** Go where the search found something. */
  async found({ lon, lat, zoom, id, layer }) {
    const { overlay } = this.picture;
    if (Number.isFinite(lon) && Number.isFinite(lat)) {
      this.map.setView([lat, lon], zoom || Math.max(12, this.map.getZoom()), { animate: false });
      overlay.mark = id ? null : { lon, lat };
      overlay.refresh();
      await painted();
    }
    if (id && layer) this.open({ id, layer });
  }

  /** Give the feed back. @returns {boolean} whether a card or a mark was there */
  close() {
    const { overlay } = this.picture;
    const was = this.right.shown() === 'card' || overlay.mark !== null;
    const selected = this.session.selected;
    overlay.selected = overlay.mark = null;
    overlay.refresh();
    this.right.show('feed');
    this.session.select(null);
    if (selected) this.list.box.querySelector(`[data-id="${Number(selected.id)}"]`)?.focus({ preventScroll: true });
    return was;
  }
}
