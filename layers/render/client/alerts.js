/** Alerts: three at most pinned above the feed, the rest a button away, each until someone acknowledges it. */

import { badge, badged } from './badge.js';
import { button, el, narrow, shown } from './dom.js';
import { marking, when } from './feed.js';
import { count } from './format.js';
import { address, newest, styled } from './load.js';
import { sign } from './marks.js';
import { failure, send } from './send.js';
import { leave } from './waiting.js';

const SOON = 300;
const ANEW = 60000;
const TOP = 4;
const RANKS = ['', 'Urgent', 'High', 'Routine'];

/** The list, what of it is pinned, and the form by which one is acknowledged. */
export class Alerts {
  /**
   * @param {Object} session
   * @param {import('./link.js').Link} link
   * @param {{right: Object, list: import('./feed.js').Feed, open: function(Object): void}} parts the panel, its feed, and what
   *   shows an incident
   */
  constructor(session, link, parts) {
    Object.assign(this, { session, link, ...parts, box: parts.right.alerts, told: null, shown: null, whole: false, form: null });
    this.ask = newest('data/alerts');
    this.timer = null;
    this.count = el('span', { id: 'gl-alerts-open' });
    this.more = button('', () => this._render(), { id: 'gl-alerts-new', hidden: true });
    this.pins = el('ol', { id: 'gl-pins', 'aria-label': 'Alerts' });
    this.rest = button('', () => this._turn(!this.whole), { id: 'gl-alerts-all', 'aria-controls': 'gl-pins' });
    this.faults = el('div', { id: 'gl-alerts-faults' });
    this.said = el('p', { class: 'gl-unseen', role: 'status' });
    this.unheard = el('a', { id: 'gl-unheard', title: 'Patrols and reporting, under Monitoring', on: { click: leave } });
    hint(this.pins);
    this._listen();
  }

  /** Ask for the list now. */
  async load() {
    try {
      const told = await this.ask();
      if (told) this._take(told);
    } catch (fault) {
      this._fault(failure(fault, 'Alerts cannot be read'));
    }
  }

  /** Ask for the list soon, however often this is called. */
  soon() {
    this.timer ??= setTimeout(() => { this.timer = null; this.load(); }, SOON);
  }

  _listen() {
    const { session, box } = this;
    for (const event of ['alerts', 'changed', 'hello']) session.on(event, () => this.soon());
    session.on('link', ({ lost }) => { if (!lost) this.soon(); });
    session.on('view', () => this.told && this._unheard());
    setInterval(() => document.hidden || session.progress.lost || this.load(), ANEW);
    const settle = () => setTimeout(() => this._settle());
    for (const event of ['mouseleave', 'focusout']) box.addEventListener(event, settle);
    new MutationObserver(settle).observe(this.list.box, { attributeFilter: ['hidden'] });
    this.list.list.addEventListener('scroll', () => { if (!this._reading()) box.style.minHeight = ''; }, { passive: true });
    matchMedia('(max-width: 700px)').addEventListener('change', () => this.shown && this._render());
    box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !(this.form || this.whole)) return;
      event.preventDefault();
      if (this.form) this._close(); else this._turn(false);
    });
    badged(() => this.told?.open);
  }

  /** Take a new list: show it, or where that would move what is being read, say that it is there. */
  _take(told, mine = false) {
    const known = this.told && new Map(this.told.alerts.map((alert) => [alert.key, alert.fresh]));
    const fresh = known ? told.alerts.filter((alert) => alert.fresh > (known.get(alert.key) || 0)) : [];
    this.told = told;
    if (fresh.length && !mine) this.session.emit('alerted', fresh);
    if (fresh.length && !mine) this.said.textContent = fresh.map((alert) => `New alert: ${named(alert)}`).join('. ');
    if (mine || !this._held()) this._render(); else this._mark();
    this.session.emit('warned', told);
    badge(told.open);
    document.getElementById('gl-grip').dataset.alerts = told.open || '';
  }

  /** Say whether a change would move what someone reads or is about to press. */
  _held() {
    const { box } = this;
    if (!this.shown) return false;
    return Boolean(this.form) || this.list.box.hidden || box.contains(document.activeElement)
      || (matchMedia('(hover: hover)').matches && box.matches(':hover'));
  }

  _settle() {
    if (this.told && this.told !== this.shown && !this._held()) this._render();
  }

  /** Write the head: how many are open, and how many of them are not on the list yet. */
  _note() {
    const { told, shown } = this;
    this.count.textContent = told.open ? `${count(told.open)} ${told.open === 1 ? 'alert' : 'alerts'} to acknowledge` : 'No alert to acknowledge';
    const known = new Map((shown || told).alerts.map((alert) => [alert.key, alert.fresh]));
    const waiting = told.alerts.filter((alert) => alert.fresh > (known.get(alert.key) || 0)).length;
    this.more.hidden = !waiting;
    this.more.textContent = `${count(waiting)} new ↑`;
  }

  /** Keep step with a list that cannot be shown yet: what needs no one any more is marked where it stands, and nothing moves. */
  _mark() {
    const { told, session } = this;
    this._note();
    if (told.unheard.length) this._unheard();
    const now = new Map(told.alerts.map((alert) => [alert.key, alert]));
    for (const line of this.pins.children) {
      const alert = now.get(line.dataset.key);
      const gone = line.dataset.open === 'true' && !alert?.fresh;
      line.toggleAttribute('data-gone', gone);
      for (const does of line.querySelectorAll('.gl-ack, [type=submit]')) does.disabled = gone;
      if (gone) line.querySelector('.gl-taken').replaceChildren(...(alert?.acknowledged ? taken(alert, session.now()) : ['No longer on the list']));
    }
    if (this.rest.hidden || this.whole) return;
    const open = told.alerts.filter((alert) => alert.fresh).length;
    const there = this.pins.querySelectorAll('[data-open=true]:not([data-gone])').length;
    this._rest(told, told.open - there, told.alerts.length - open);
    this.rest.hidden = false;
  }

  /** Write the list. What is read in the feed stays where it is on the screen. */
  _render() {
    const { told, box, list: { list } } = this;
    const [before, at] = [tall(box), list.scrollTop];
    this.shown = told;
    this.form = null;
    const place = narrow() ? document.getElementById('gl-map') : box;
    if (!told.rules) box.replaceChildren();
    if (!told.unheard.length) this.unheard.remove(); else if (this.unheard.parentNode !== place) place.prepend(this.unheard);
    this._unheard();
    if (!told.rules) return;
    if (!this.count.isConnected) {
      const days = Math.round(told.kept_h / 24);
      const head = el('header', { title: `An alert stays until it is acknowledged, ${days} days after its newest incident at most` });
      head.append(this.count, this.more);
      box.append(head, this.pins, this.rest, this.faults, this.said);
    }
    this._note();
    const open = told.alerts.filter((alert) => alert.fresh);
    const pinned = this.whole ? told.alerts : open.slice(0, narrow() ? 1 : 3);
    this.pins.replaceChildren(...pinned.map((alert) => this._line(alert)));
    this._rest(told, this.whole ? 0 : told.open - pinned.length, told.alerts.length - open.length);
    this.faults.replaceChildren(...told.faults.map((text) => el('p', { class: 'gl-fault', text })));
    const reading = this._reading();
    box.style.minHeight = reading ? `${before}px` : '';
    if (reading) list.scrollTop = at + tall(box) - before;
  }

  /** Write who is not heard of: reports that are overdue, sectors that are quiet. */
  _unheard() {
    const { session, told, unheard } = this;
    unheard.textContent = shown(told.unheard.join(' · '));
    unheard.href = address('monitoring', { v: session.view, about: 'Patrols' });
  }

  _rest(told, open, done) {
    this.rest.hidden = !open && !done && !this.whole;
    this.rest.setAttribute('aria-expanded', String(this.whole));
    this.box.dataset.whole = this.whole;
    const parts = [open ? `and ${count(open)} more` : '', done ? `${count(done)} acknowledged` : ''].filter(Boolean).join(', ');
    this.rest.textContent = this.whole ? 'Show fewer' : parts[0]?.toUpperCase() + parts.slice(1);
  }

  _turn(whole) {
    this.whole = whole;
    this._render();
    this.rest.focus({ preventScroll: true });
  }

  /** Say whether the feed is being read below its top. */
  _reading() {
    return !this.list.box.hidden && this.list.list.scrollTop > TOP;
  }

  _fault(text) {
    if (!this.faults.isConnected) this.box.append(this.faults);
    this.faults.replaceChildren(el('p', { class: 'gl-fault', role: 'alert', text }));
  }

  /** Write one alert on two lines: what, how often, when; how urgent, where. And what was acknowledged of it. */
  _line(alert) {
    const { session } = this;
    const { newest: item, fresh, acknowledged: done } = alert;
    const layer = session.layer(item.layer);
    const made = button('', () => this.open(item), {
      class: 'gl-item', 'data-id': item.id, 'data-layer': item.layer, 'data-new': fresh && session.isNew(item) ? 'true' : null,
    });
    made.append(
      el('span', { class: 'gl-sign', title: layer?.hues[item.hue]?.label }, layer ? sign(layer, item, 20) : null),
      el('span', { class: 'gl-line' }, el('bdi', { class: 'gl-title', text: alert.title }),
        alert.count > 1 ? el('span', { class: 'gl-times-of', text: `${count(alert.count)}×`, title: `${count(alert.count)} incidents` }) : null,
        marking(session, alert), el('time', { text: when(alert.last, session.now()), title: 'The last of them occurred' })),
      el('span', { class: 'gl-line gl-dim' }, el('span', { class: 'gl-rank', text: RANKS[alert.priority] }),
        el('bdi', { class: 'gl-place', text: [item.sector, item.place].filter(Boolean).join(', ') || item.grid }),
        el('span', { class: 'gl-taken' })),
    );
    if (alert.withdrawn || alert.changed) made.append(el('span', { class: 'gl-done gl-dim', text: lapsed(alert) }));
    if (done) made.append(el('span', { class: 'gl-done gl-dim' }, ...since(alert, session.now())));
    const does = fresh && this.told.may ? button('Acknowledge', () => this._ask(line, alert), { class: 'gl-quiet gl-ack' }) : null;
    const line = el('li', { 'data-key': alert.key, 'data-priority': alert.priority, 'data-open': String(fresh > 0) }, made, does);
    return line;
  }

  /** Open the form under an alert. */
  _ask(line, alert) {
    if (this.form) this._close();
    const reason = el('input', {
      type: 'text', maxlength: 500, autocomplete: 'off', dir: 'auto', 'aria-label': `Why ${alert.title} is acknowledged`,
      placeholder: 'What was done, in a few words',
    });
    const fault = el('p', { class: 'gl-fault', role: 'alert', hidden: true });
    const does = el('button', { type: 'submit', class: 'gl-main', text: 'Acknowledge' });
    const form = el('form', { class: 'gl-ack-form' }, reason, fault,
      el('div', { class: 'gl-row' }, button('Cancel', () => this._close(), { class: 'gl-quiet' }), does));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this._send(alert, reason, fault, does);
    });
    this.form = { form, line };
    if (narrow()) this.right.stand('full');
    line.append(form);
    line.dataset.asking = '';
    reason.focus({ preventScroll: true });
    line.scrollIntoView({ block: 'nearest' });
  }

  _close() {
    const { form, line } = this.form;
    this.form = null;
    form.remove();
    delete line.dataset.asking;
    line.querySelector('.gl-ack')?.focus({ preventScroll: true });
  }

  async _send({ key }, reason, fault, does) {
    const say = (text) => { fault.textContent = text; fault.hidden = !text; };
    if (!reason.value.trim()) {
      say('Give a reason: it is kept with your name.');
      return;
    }
    does.disabled = true;
    try {
      const told = await send(this.link, 'alerts/acknowledge', { key, upto: this.shown.version, reason: reason.value });
      this._take(told, true);
      (this.pins.querySelector('.gl-ack') || this.rest).focus({ preventScroll: true });
    } catch (refused) {
      say(failure(refused, 'Not acknowledged'));
      does.disabled = false;
      this.soon();
    }
  }
}

/**
 * Make the list and fill it; its code and its style are fetched once the map stands.
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @param {{right: Object, list: Object, open: function(Object): void}} parts
 * @returns {Promise<Alerts>}
 */
export async function alerts(session, link, parts) {
  await styled('alerts');
  const made = new Alerts(session, link, parts);
  await made.load();
  return made;
}

const tall = (box) => box.getBoundingClientRect().height;

const named = ({ title, newest: { sector, place } }) => [title, sector, place].filter(Boolean).join(', ');

/** Say how many of the incidents were withdrawn since, and how many the rule does not mean any more. */
function lapsed({ count, withdrawn, changed }) {
  const said = (many, words) => many && (count === 1 ? words : `${many} of ${count} ${words}`);
  const text = [said(withdrawn, 'withdrawn since'), said(changed, 'changed since: the rule does not fit any more')].filter(Boolean).join(', ');
  return text[0].toUpperCase() + text.slice(1);
}

/** Say who acknowledged it, and when. */
function taken({ acknowledged: { who, at } }, now) {
  return [`Acknowledged ${when(at, now)} by `, el('bdi', { text: who })];
}

/** Say who acknowledged what there was, why where the reader may know, and what has come since. */
function since(alert, now) {
  const { fresh, acknowledged: { who, at, reason } } = alert;
  const why = reason === null ? [] : [': ', el('bdi', { text: reason })];
  if (!fresh) return [...taken(alert, now), ...why];
  return [`${count(fresh)} new since acknowledged by `, el('bdi', { text: who }), ` ${when(at, now)}`];
}

/** Mark the ends to which a list goes on; the style sheet lets it fade there. */
function hint(list) {
  const look = () => {
    const rest = list.scrollHeight - list.clientHeight - list.scrollTop;
    list.dataset.more = [list.scrollTop > 1 && 'up', rest > 1 && 'down'].filter(Boolean).join(' ');
  };
  new ResizeObserver(look).observe(list);
  new MutationObserver(look).observe(list, { childList: true, subtree: true });
  list.addEventListener('scroll', look, { passive: true });
}
