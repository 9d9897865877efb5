/** The map itself: ground, shapes, incidents, names and what lies on top, each on its own canvas. */

import { Basemap } from './basemap.js';
import { label } from './labels.js';
import { halos, Overlay } from './overlay.js';
import { Shapes } from './shapes.js';
import { Sheet } from './sheet.js';
import { PointTiles } from './tiles.js';

const { L } = window;
const PANES = { ground: 200, online: 205, shapes: 300, reach: 305, halos: 310, names: 340, points: 350, overlay: 450 };

/** Holds every drawn layer and keeps them in step with the view. */
export class Picture {
  /**
   * @param {L.Map} map
   * @param {Object} session
   */
  constructor(map, session) {
    Object.assign(this, { map, session });
    for (const [name, order] of Object.entries(PANES)) map.createPane(name).style.zIndex = order;
    this.overlay = new Overlay(session);
    this.basemap = new Basemap(session, () => { sheets.ground.refresh(); sheets.names.refresh(); });
    this.shapes = new Shapes(session, () => { sheets.shapes.refresh(); sheets.names.refresh(); });
    this.tiles = [];
    const sheets = this.sheets = {
      ground: new Sheet('ground', (ctx, frame) => this.basemap.paint(ctx, frame)),
      shapes: new Sheet('shapes', (ctx, frame) => { this.frame = frame; this.shapes.paint(ctx, frame); }),
      halos: new Sheet('halos', (ctx, frame) => halos(ctx, frame, this.tiles.filter((layer) => map.hasLayer(layer)))),
      names: new Sheet('names', (ctx, frame) => label(ctx, frame, this.shapes, this.basemap, this._marks(frame))),
      overlay: new Sheet('overlay', (ctx, frame) => this.overlay.paint(ctx, frame)),
    };
    this.overlay.refresh = () => sheets.overlay.refresh();
    for (const sheet of Object.values(sheets)) sheet.addTo(map);
    this.learn();
    for (const source of session.mission.tiles || []) this._online(source);
    this.basemap.load();
  }

  /** A provider the mission names, and only that one, goes over the ground of our own. */
  _online({ url, attribution }) {
    L.tileLayer(url, { pane: 'online', maxZoom: 19 }).addTo(this.map);
    const credit = document.createElement('p');
    credit.id = 'gl-credit';
    credit.textContent = attribution;
    this.map.getContainer().append(credit);
  }

  /** Where incidents lie on the canvas. */
  _marks(frame) {
    const tiles = this.tiles.filter((layer) => this.map.hasLayer(layer)).flatMap((layer) => layer.current());
    return tiles.flatMap(({ coords, marks }) => (
      marks.map(({ x, y }) => ({ x: coords.x * 256 + x - frame.left, y: coords.y * 256 + y - frame.top }))));
  }

  /**
   * Take in which layers there are.
   * @returns {Set<string>} those that are new
   */
  learn() {
    const there = this.session.portrayal.layers.filter((layer) => layer.tiled);
    const had = new Map(this.tiles.map((tiles) => [tiles.layer.id, tiles]));
    this.tiles = there.map((layer) => had.get(layer.id) || this._points(layer));
    for (const tiles of had.values()) if (!this.tiles.includes(tiles)) this.map.removeLayer(tiles);
    return new Set([...there.map(({ id }) => id).filter((id) => !had.has(id)), ...this.shapes.learn()]);
  }

  _points(layer) {
    return new PointTiles(layer, this.session, (tile) => {
      this.overlay.settle(layer, tile);
      this.sheets.halos.refresh();
      this.sheets.names.refresh();
    });
  }

  /** Lay another canvas over the map, in the pane of its name. */
  lay(name, sheet) {
    this.sheets[name] = sheet.addTo(this.map);
  }

  /**
   * Show the session's view: tiles and features anew, hidden layers off.
   * @param {Set<string>|null} [only] of these layers; null for all
   */
  reload(only = null) {
    const hidden = this.session.parsed.hide;
    for (const layer of this.tiles.filter((tiles) => !only || only.has(tiles.layer.id))) {
      const hide = hidden.includes(layer.layer.id);
      if (hide) this.map.removeLayer(layer);
      else if (this.map.hasLayer(layer)) layer.reload();
      else this.map.addLayer(layer);
    }
    this.shapes.reload(only);
    this.sheets.halos.refresh();
  }

  /**
   * Ask again for tiles in the background, while what stands stays.
   * @param {Object[]|null} items only the tiles these lie in; null for all
   */
  renew(items) {
    for (const layer of this.tiles) if (this.map.hasLayer(layer)) layer.renew(items);
  }

  /** Paint everything again from what is held. */
  repaint() {
    for (const layer of this.tiles) layer.repaint();
    for (const sheet of Object.values(this.sheets)) if (sheet._map) sheet.redraw();
  }

  /**
   * Find what lies under a point of the map, the topmost first.
   * @param {L.LatLng} at
   * @returns {Object|null}
   */
  pick(at) {
    for (const layer of [...this.tiles].reverse()) {
      const found = this.map.hasLayer(layer) && layer.pick(at);
      if (found) return found;
    }
    const point = this.map.latLngToContainerPoint(at);
    for (const item of this.overlay.fresh.values()) {
      if (this.map.latLngToContainerPoint([item.lat, item.lon]).distanceTo(point) < 12) return { ...item, ids: [item.id], count: 1 };
    }
    if (!this.frame) return null;
    const world = this.map.project(at).subtract([this.frame.left, this.frame.top]);
    return this.shapes.pick(this.frame, world.x, world.y);
  }
}
