/** The Report form: one incident, checked as it is written, stored by one key, kept while it is not stored. */

import { button, el, icon, later } from './dom.js';
import { laidOut } from './entry.js';
import { distance, dtg, readTime } from './format.js';
import { get, newest, Refused } from './load.js';
import { send } from './send.js';

const BACK = 'M3-7L-4 0L3 7';
const WHERE = { longitude: 'grid', latitude: 'grid', position: 'grid', geometry: 'grid' };
const LOST = 'Link lost. This report is not stored. It is kept here; store it when the link is back.';
const SILENCE = 'Not stored: the server does not answer. The report is kept here; store it when the link is back.';
const RENEWED = 'Not stored: the link of this tab is being renewed. Store it again in a moment.';

/** The form and its draft. */
export class Report {
  /**
   * @param {Object} session
   * @param {import('./link.js').Link} link
   * @param {{layer: string, fields: Object[]}} asked what a report holds
   * @param {{close: function(): void, mark: function({lon: number, lat: number}|null): void, pick: function(): void}} does
   */
  constructor(session, link, asked, does) {
    Object.assign(this, { session, link, layer: asked.layer, does, touched: new Set(), seen: new Set(), turn: 0, busy: false, at: null });
    const { entries, boxes } = laidOut(asked.fields);
    this.entries = entries;
    this.where = entries.find(({ field }) => field.kind === 'place');
    this.when = entries.find(({ field }) => field.kind === 'time');
    this.memory = `greenline.report.${session.mission.title}.${asked.layer}`;
    this.soon = later(200, () => this._check());
    this.find = newest('data/position');
    this.form = el('form', { id: 'gl-report-form', class: 'gl-scroll', novalidate: true, 'aria-label': 'Report' }, ...boxes);
    this.where.box.append(button('Pick on the map', does.pick, { id: 'gl-report-pick', class: 'gl-quiet' }));
    this.box = this._furnish();
    this._listen();
    this._fill(this._kept() || this._blank());
  }

  /** Take the form up: the draft as it was left, or a blank one with the time of now. */
  opened() {
    if (this._pristine()) this._fill(this._blank());
    this.does.mark(this.at);
    const next = this.entries.find(({ field, input }) => field.required && !input.value) || this.entries[0];
    next.input.focus({ preventScroll: true });
  }

  /**
   * Take a place of the map: its grid goes into the form.
   * @param {L.LatLng} latlng
   * @returns {Promise<void>}
   */
  async point(latlng) {
    const { lat, lng } = latlng.wrap();
    const text = `${lat.toFixed(6)}, ${lng.toFixed(6)}`;
    const found = await get('data/position', { q: text }).catch(() => null);
    this._set({ ...this._values(), [this.where.name]: found?.title || text });
    this.touched.add(this.where.name);
    this._keep();
    await this._locate();
    this.soon();
  }

  /** Store the report, unless something stands against it or has yet to be read. */
  async store() {
    if (this.busy) return;
    this.busy = true;
    this.form.setAttribute('aria-busy', 'true');
    this.draft.reported ??= new Date(this.session.now()).toISOString();
    this._keep();
    try {
      const dry = await this._send(true);
      const unread = dry.remarks.filter((remark) => !this.seen.has(this._key(remark)));
      this._tell(dry, true);
      if (dry.refused.length) this._halt('Not stored. Mend what is marked, then store again.');
      else if (unread.length) this._halt('Not stored yet. Read the note, then store again to keep it as it stands.', unread[0].field);
      else this._stored(await this._send(false));
    } catch (fault) {
      this._failed(fault);
    } finally {
      this.busy = false;
      this.form.removeAttribute('aria-busy');
    }
  }

  async undo({ batch, draft }) {
    try {
      await send(this.link, 'reports/undo', { batch });
    } catch (fault) {
      this._failed(fault, 'Not taken back');
      return;
    }
    if (this._pristine()) {
      this._fill(draft);
      this._keep();
      this._locate();
    }
    this._say(`Batch ${batch} is taken back. Nothing was deleted; the record keeps both.`);
    this.opened();
  }

  _furnish() {
    const back = button('', this.does.close, { id: 'gl-report-back', title: 'Back; the draft is kept (Esc)' });
    back.append(icon(BACK, { size: 14, width: 2 }), 'Back');
    this.lost = el('p', { id: 'gl-report-lost', role: 'alert', hidden: true, text: LOST });
    this.status = el('div', { id: 'gl-report-said', role: 'status' });
    const clear = button('Clear', () => { this._clear(); this._say(''); this.opened(); }, { class: 'gl-quiet', id: 'gl-report-clear' });
    const store = button('Store report', () => this.store(), { id: 'gl-report-store', title: 'Store (Ctrl+Enter)', 'aria-keyshortcuts': 'Control+Enter' });
    return el('div', { class: 'gl-report' }, el('header', {}, back, el('h2', { text: 'Report' })), this.lost, this.form,
      el('footer', {}, this.status, el('div', { class: 'gl-row' }, clear, store)));
  }

  _listen() {
    this.form.addEventListener('input', () => {
      this._keep();
      if (this.status.dataset.tone !== 'done') this._say('');
    });
    this.form.addEventListener('change', ({ target }) => { if (target === this.where.input) this._locate(); });
    this.form.addEventListener('focusout', ({ target }) => {
      if (!target.name) return;
      this.touched.add(target.name);
      this.soon();
    });
    this.box.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.store();
    });
    this.form.addEventListener('submit', (event) => event.preventDefault());
    const lost = ({ lost: down }) => { this.lost.hidden = !down; };
    this.session.on('link', lost);
    lost(this.link);
  }

  /** Show each fault at its field; before the first try to store only at fields that were left. */
  async _check() {
    const mine = ++this.turn;
    const receipt = await this._send(true).catch(() => null);
    if (receipt && mine === this.turn && !this.busy) this._tell(receipt, false);
  }

  _tell({ refused, remarks }, all) {
    this.turn += 1;
    if (all) for (const { name } of this.entries) this.touched.add(name);
    const said = new Map();
    for (const [tone, list] of [['note', remarks], ['fault', refused]]) {
      for (const { field, reason } of list) said.set(WHERE[field] || field, { tone, reason });
    }
    for (const remark of remarks) if (this.touched.has(WHERE[remark.field] || remark.field)) this.seen.add(this._key(remark));
    for (const made of this.entries) made.say(this.touched.has(made.name) ? said.get(made.name) || null : null);
  }

  /** What was said of a value: said once, it need not be said again. */
  _key({ field, reason }) {
    return JSON.stringify([field, reason, this._values()[WHERE[field] || field]]);
  }

  _halt(words, field) {
    this._say(words, 'fault');
    const marked = this.entries.find(({ name, input }) => (field ? name === (WHERE[field] || field) : input.hasAttribute('aria-invalid')));
    marked?.input.focus({ preventScroll: true });
    marked?.box.scrollIntoView({ block: 'nearest' });
  }

  _stored({ batch }) {
    const { values } = this.draft;
    const last = { batch, draft: this.draft };
    const labels = this.entries.filter(({ field }) => field.required && field.kind === 'code').map(({ field: { choices, name } }) => (
      choices.find(([code]) => code === values[name])?.[1]));
    this._clear();
    if (batch === null) this._say('Stored before; nothing was added twice.');
    else {
      const unseen = this.session.parsed.known ? ' The map shows an earlier time, and not this report.' : '';
      this._say(`Stored as batch ${batch}: ${[...labels, values[this.when.name]].filter(Boolean).join(', ')}.${unseen}`, 'done');
      this.status.append(button('Undo', () => this.undo(last), { class: 'gl-quiet', id: 'gl-report-undo' }));
    }
    this.opened();
  }

  _failed(fault, what = 'Not stored') {
    if (!(fault instanceof Refused)) this._say(SILENCE.replace('Not stored', what), 'fault');
    else if (fault.status === 401) this._say(RENEWED.replace('Not stored', what), 'fault');
    else this._say(`${what}: ${fault.message.trim()}.`, 'fault');
  }

  _say(words, tone = '') {
    this.status.replaceChildren(el('span', { text: words }));
    this.status.dataset.tone = tone;
  }

  /** Find where the position lies, mark it, and say how near it is known. */
  async _locate() {
    const text = this.where.input.value.trim();
    const found = text ? await this.find({ q: text }).catch(() => ({})) : {};
    if (!found || text !== this.where.input.value.trim()) return;
    this.at = Number.isFinite(found.lon) ? { lon: found.lon, lat: found.lat, outline: found.outline } : null;
    if (this.box.offsetParent) this.does.mark(this.at);
    const near = found.precision_m ? `within ${distance(found.precision_m)}` : 'precision not said';
    this.where.note(this.at ? `${found.title}, ${found.words || near}, WGS 84` : '');
  }

  _blank() {
    const values = Object.fromEntries(this.entries.map(({ name, field }) => [name, field.default]));
    const id = `report-${[...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    return { id, reported: null, values: { ...values, [this.when.name]: dtg(this.session.now()) } };
  }

  _fill(draft) {
    this.draft = draft;
    this._set(draft.values);
    this.touched.clear();
    this.entries.forEach((made) => { made.say(null); made.note(''); });
    this.at = null;
    if (this.where.input.value) this._locate();
  }

  _clear() {
    sessionStorage.removeItem(this.memory);
    this.turn += 1;
    this._fill(this._blank());
    this.does.mark(null);
  }

  _values() {
    return Object.fromEntries(this.entries.map(({ name, input }) => [name, input.value]));
  }

  _set(values) {
    for (const { name, input, field } of this.entries) input.value = values[name] ?? field.default;
  }

  /** Say whether nothing was written yet: all is as it began, and the time is any. */
  _pristine() {
    const values = this._values();
    return this.entries.every(({ name, field }) => name === this.when.name || values[name] === field.default)
      && (readTime(values[this.when.name], this.session.now()) !== null || !values[this.when.name]);
  }

  _keep() {
    this.draft.values = this._values();
    if (this._pristine()) sessionStorage.removeItem(this.memory);
    else sessionStorage.setItem(this.memory, JSON.stringify(this.draft));
  }

  _kept() {
    const draft = JSON.parse(sessionStorage.getItem(this.memory) || 'null');
    return draft?.values && draft.id ? draft : null;
  }

  _send(dry) {
    const values = Object.entries(this._values()).filter(([, value]) => value.trim());
    const reported = this.draft.reported || new Date(this.session.now()).toISOString();
    const report = { id: this.draft.id, ...Object.fromEntries(values), reported_at: reported };
    return send(this.link, 'reports', report, { layer: this.layer, dry_run: dry ? 1 : 0 });
  }
}
