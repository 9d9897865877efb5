/** Scenes under the map: one, or two with a divide between them that can be drawn across; said in the strip, lifted there. */

import { chip } from './chip.js';
import { Divide } from './divide.js';
import { el } from './dom.js';
import { dtg } from './format.js';
import { legendOf } from './looks.js';
import { address, get, styled } from './load.js';
import { dressed } from './relation.js';
import { changed } from './view.js';

const { L } = window;
const AGAIN = 3000;
/** A tile that fails is asked for so many times more, each wait twice the one before. */
const TRIES = 5;
const OPACITY = 'greenline.scenes.opacity';
const PANES = { before: 210, after: 211 };
let sheet = null;

/**
 * Lay the view's scenes under everything else, for as long as it names any.
 * @param {{session: Object, chooser: {map: L.Map}, filter: HTMLElement, legend: HTMLElement}} parts
 */
export async function furnish(parts) {
  sheet ??= styled('imagery');
  await Promise.all([dressed(), sheet]);
  parts.scenes ??= new Scenes(parts);
  await parts.scenes.follow();
}

/** What of the view's scenes is on the map. */
export class Scenes {
  /** @param {{session: Object, chooser: {map: L.Map}, filter: HTMLElement, legend: HTMLElement}} parts */
  constructor({ session, chooser: { map }, filter, legend }) {
    Object.assign(this, { session, map, tiles: {}, listed: null, text: '' });
    for (const [name, order] of Object.entries(PANES)) map.createPane(`scene-${name}`).style.zIndex = order;
    this.only = chip({ id: 'gl-scene', name: 'Scenes under the map', lift: () => session.quiet(changed(session.view, { scenes: [], look: '' })) });
    filter.after(this.only.box);
    this.row = el('div', { id: 'gl-look', hidden: true });
    legend.append(this.row);
    this.divide = new Divide(map, (at) => this._cut(at));
    this.opacity = Number(sessionStorage.getItem(OPACITY)) || 1;
    session.on('view', () => this.follow());
    session.on('changed', () => this.anew());
    session.on('link', ({ lost }) => lost || this.anew());
    map.on('move zoom viewreset resize', () => this._cut(this.divide.at));
  }

  /** Ask anew which scenes there are; what is no longer here is taken off. */
  async anew() {
    this.listed = null;
    this.text = '';
    await this.follow();
  }

  /** Return the scenes there are, the newest first. */
  async list() {
    this.listed ??= get('data/scenes', { v: this.session.view }).then(({ scenes }) => scenes);
    try {
      return await this.listed;
    } catch (fault) {
      this.listed = null;
      throw fault;
    }
  }

  /** Show what the view names. */
  async follow() {
    const { scenes, look, known } = this.session.parsed;
    const text = [scenes, look, known].join(' ');
    if (text === this.text) return;
    if (known !== this.known) this.listed = null;
    Object.assign(this, { text, known });
    try {
      const listed = scenes.length ? await this.list() : [];
      if (text !== this.text) return;
      this._lay(scenes.map((id) => listed.find((scene) => scene.id === id)), look);
    } catch {
      if (text === this.text) setTimeout(() => { this.text = ''; this.follow(); }, AGAIN);
    }
  }

  /** Draw scenes more or less see-through, 0..1. */
  fade(opacity) {
    this.opacity = opacity;
    sessionStorage.setItem(OPACITY, String(opacity));
    for (const layer of Object.values(this.tiles)) layer.setOpacity(opacity);
  }

  /** Let the divide stand in the middle of a box, where the map shows that. */
  centre([west, south, east, north]) {
    const { x } = this.map.latLngToContainerPoint([(south + north) / 2, (west + east) / 2]);
    this.divide.set(x / this.map.getSize().x);
  }

  _lay(scenes, look) {
    const there = scenes.filter(Boolean);
    this.only.say(there.length ? said(there, scenes.length) : scenes.length ? 'Scene not here' : '');
    // One alone lies whole; of two the earlier one is to the left.
    const [before, after] = there.length === 2 ? there : [null, there[0]];
    this._tiles('before', before, look);
    this._tiles('after', after, look);
    this.divide.turn(there.length === 2, there.map(named));
    this._cut(this.divide.at);
    const drawn = there[0] && legendOf(after, look, before);
    this.row.hidden = !drawn;
    if (drawn) this.row.replaceChildren(drawn);
  }

  _tiles(name, scene, look) {
    const { session } = this;
    const key = `scene/${name}`;
    const text = scene ? `${scene.id}/${look || 'usual'}/${session.parsed.known}` : '';
    if (this.tiles[name]?.text === text) return;
    this.tiles[name]?.remove();
    delete this.tiles[name];
    session.progress.end(key);
    if (!scene) return;
    const [west, south, east, north] = scene.box;
    const url = `${address('data/scene')}/${scene.id}/${look || 'usual'}/{z}/{x}/{y}?v=${encodeURIComponent(asked(session))}`;
    // One over the antimeridian may be seen from either side of it.
    const bounds = L.latLngBounds(east > 180 ? [[south, -540], [north, 540]] : [[south, west], [north, east]]);
    const layer = L.tileLayer(url, { pane: `scene-${name}`, opacity: this.opacity, maxZoom: 19, bounds, className: 'gl-scene' });
    layer.text = text;
    layer.on('loading', () => session.progress.begin(key));
    layer.on('load', () => session.progress.end(key));
    layer.on('tileerror', ({ tile }) => {
      tile.tries = (tile.tries || 0) + 1;
      if (tile.tries > TRIES) return;
      setTimeout(() => { if (this.tiles[name] === layer && !session.progress.lost) tile.src = `${tile.src}`; }, AGAIN * 2 ** (tile.tries - 1));
    });
    this.tiles[name] = layer.addTo(this.map);
  }

  /** Show the earlier scene to the left of the divide and the later one to the right of it. */
  _cut(at) {
    const panes = Object.keys(PANES).map((name) => this.map.getPane(`scene-${name}`));
    if (!this.divide.on) {
      for (const pane of panes) pane.style.clipPath = '';
      return;
    }
    const size = this.map.getSize();
    const corner = this.map.containerPointToLayerPoint([0, 0]);
    const middle = corner.x + at * size.x;
    const [top, foot] = [corner.y, corner.y + size.y];
    const cut = (left, right) => `polygon(${left}px ${top}px, ${right}px ${top}px, ${right}px ${foot}px, ${left}px ${foot}px)`;
    panes[0].style.clipPath = cut(corner.x, middle);
    panes[1].style.clipPath = cut(middle, corner.x + size.x);
  }
}

/** Write the view as far as tiles of scenes depend on it. */
function asked({ parsed }) {
  return parsed.known ? changed('', { known: parsed.known }) : '';
}

function said(there, wanted) {
  const words = there.map(({ acquired }) => dtg(acquired)).join(' | ');
  return `${there.length === 1 ? 'Scene' : 'Scenes'} ${words}${there.length < wanted ? ', the other is not here' : ''}`;
}

function named({ title, acquired }) {
  return { title, when: dtg(acquired) };
}
