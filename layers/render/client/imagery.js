/** Imagery: which scenes lie on the map, how they are drawn, and before against after. */

import { button, el } from './dom.js';
import { count, dtg } from './format.js';
import { Refused } from './load.js';
import { legendOf } from './looks.js';
import { fit } from './place.js';
import { furnish as lay } from './scenes.js';
import { changed } from './view.js';

const NONE = 'No scene yet. Add one under Scenes, above the map, or drop a GeoTIFF into the mission’s inbox.';
const SILENCE = 'The server does not answer. The list is asked for again.';
const AGAIN = 3000;

/**
 * Put the choice of scenes above the feed.
 * @param {Object} parts of the frame, `right` among them
 */
export async function furnish(parts) {
  await lay(parts);
  const made = new Imagery(parts);
  parts.right.put(made.box);
  parts.right.raise();
  await made.list();
}

/** The panel. */
class Imagery {
  constructor({ session, chooser, scenes }) {
    Object.assign(this, { session, map: chooser.map, scenes, listed: [] });
    const choose = (id, text) => {
      const select = el('select', { id, on: { change: () => this._chosen() } });
      return [select, el('label', { for: id, text })];
    };
    const [before, after, look] = [choose('gl-before', 'Before'), choose('gl-after', 'After'), choose('gl-draw', 'Drawn as')];
    [this.before, this.after, this.look] = [before, after, look].map(([select]) => select);
    this.fade = el('input', { id: 'gl-opacity', type: 'range', min: '0.1', max: '1', step: '0.05', value: String(scenes.opacity) });
    this.fade.addEventListener('input', () => this._faded());
    this.faded = el('output', { for: 'gl-opacity' });
    this.compare = button('Compare', () => this._compare(), { id: 'gl-compare', class: 'gl-main' });
    this.clear = button('Clear', () => session.quiet(changed(session.view, { scenes: [], look: '' })), { id: 'gl-clear-scenes', class: 'gl-quiet' });
    this.zoom = button('Zoom to it', () => this._bring(), { id: 'gl-to-scene', class: 'gl-quiet' });
    this.swap = button('Exchange', () => this._swap(), { id: 'gl-swap', class: 'gl-quiet', title: 'Exchange before and after' });
    this.says = el('p', { id: 'gl-scene-says', role: 'status' });
    this.legend = el('div', { id: 'gl-drawn-as' });
    this.box = el('section', { id: 'gl-imagery', 'aria-label': 'Imagery' },
      el('div', { class: 'gl-pick' }, ...[before, after, look].flatMap(([select, label]) => [label, select]),
        el('label', { for: 'gl-opacity', text: 'Opacity' }), el('span', { class: 'gl-fade' }, this.fade, this.faded)),
      this.legend, el('div', { class: 'gl-row' }, this.compare, this.zoom, this.swap, this.clear), this.says);
    session.on('view', () => this._shown());
    session.on('changed', () => this.list());
    session.on('link', ({ lost }) => lost || this.list());
    this._faded();
  }

  /** Ask which scenes there are. */
  async list() {
    try {
      await this.scenes.anew();
      this.listed = await this.scenes.list();
      this._offer();
      this._shown();
    } catch (fault) {
      this.says.textContent = fault instanceof Refused ? fault.message : SILENCE;
      if (!(fault instanceof Refused)) setTimeout(() => this.list(), AGAIN);
    }
  }

  _offer() {
    const options = () => this.listed.map(({ id, title, acquired, sensor }) => (
      el('option', { value: id, text: `${dtg(acquired)} · ${title === sensor ? title : `${title} (${sensor})`}` })));
    for (const select of [this.before, this.after]) select.replaceChildren(el('option', { value: '', text: 'None' }), ...options());
  }

  /** Show what the view says. */
  _shown() {
    const { scenes, look } = this.session.parsed;
    const [before, after] = scenes.length === 2 ? scenes : ['', scenes[0] || ''];
    this.before.value = before;
    this.after.value = after;
    const there = this._scene(after) || this._scene(before);
    const looks = there?.looks || [];
    this.look.replaceChildren(...looks.map(({ id, title }) => el('option', { value: id, text: title })));
    this.look.value = looks.some(({ id }) => id === look) ? look : looks[0]?.id || '';
    this.look.disabled = !looks.length;
    this.legend.replaceChildren(...[there && legendOf(there, look, there === this._scene(after) ? this._scene(before) : null)].filter(Boolean));
    for (const one of [this.clear, this.zoom]) one.hidden = !scenes.length;
    this.swap.hidden = scenes.length < 2;
    this.compare.disabled = this.listed.length < 2;
    this.says.textContent = this._words(before, after);
  }

  _words(before, after) {
    if (!this.listed.length) return NONE;
    if (this.listed.length === 1) return 'One scene is here. A second one of the same ground is needed to compare.';
    const [first, second] = [before, after].map((id) => this._scene(id));
    if (!first !== !second) return 'One scene is on the map. Choose the other, or Compare finds the newest of its sensor on the same ground.';
    if (!first) return `${count(this.listed.length)} scenes. Compare lays the two newest of one sensor over each other, or choose two.`;
    if (first.acquired >= second.acquired) return 'What is called before was taken later. Exchange the two.';
    const days = Math.round((second.acquired - first.acquired) / 86_400_000);
    const apart = days < 1 ? 'less than a day' : `${count(days)} ${days === 1 ? 'day' : 'days'}`;
    return overlap(first.box, second.box) ? `${apart[0].toUpperCase()}${apart.slice(1)} lie between them. Drag the divide across the map.`
      : 'These two do not show the same ground. Choose two that overlap.';
  }

  _scene(id) {
    return this.listed.find((scene) => scene.id === id);
  }

  _chosen() {
    const scenes = [this.before.value, this.after.value].filter(Boolean);
    const first = !this.session.parsed.scenes.length;
    this.session.quiet(changed(this.session.view, { scenes, look: this.look.value }));
    if (first && scenes.length) this._bring();
  }

  /** Lay before and after over each other: those that are chosen, else the newest two of one sensor on the same ground. */
  _compare() {
    let scenes = [this.before.value, this.after.value].filter(Boolean);
    if (scenes.length < 2) scenes = pair(this.listed, scenes[0]);
    if (!scenes.length) {
      this.says.textContent = 'No two scenes of one sensor show the same ground. Choose two yourself.';
      return;
    }
    this.session.quiet(changed(this.session.view, { scenes }));
    this._bring();
  }

  _swap() {
    this.session.quiet(changed(this.session.view, { scenes: [...this.session.parsed.scenes].reverse() }));
  }

  _bring() {
    const boxes = this.session.parsed.scenes.map((id) => this._scene(id)?.box).filter(Boolean);
    if (!boxes.length) return;
    const [box, other = box] = boxes;
    const shown = overlap(box, other) || box;
    fit(this.map, shown);
    this.scenes.centre(shown);
  }

  _faded() {
    const opacity = Number(this.fade.value);
    this.faded.textContent = `${Math.round(100 * opacity)} %`;
    this.scenes.fade(opacity);
  }
}

/** Say which ground two boxes share; null for none. */
function overlap(one, other) {
  const box = [0, 1].map((n) => Math.max(one[n], other[n])).concat([2, 3].map((n) => Math.min(one[n], other[n])));
  return box[0] < box[2] && box[1] < box[3] ? box : null;
}

/** Choose the newest two of one sensor that share ground, the earlier first; where one is given, it is among them. */
function pair(listed, given) {
  const taken = listed.filter((scene) => !scene.made_by);
  for (const after of taken) {
    const before = taken.find((one) => one.acquired < after.acquired && one.sensor === after.sensor && overlap(one.box, after.box)
      && (!given || one.id === given || after.id === given));
    if (before) return [before.id, after.id];
  }
  return [];
}
