/** The way to the Report form: its button, its key, its place in the panel. The form itself is fetched once the map stands. */

import { button, el, narrow } from './dom.js';
import { get, Refused, styled } from './load.js';

/** The first view is whole by then, milliseconds. */
const SOON = 5000;
const SILENCE = 'The form cannot be fetched: the server does not answer. Press R again when the link is back.';

/**
 * Build the button and the place that the form takes.
 * @param {L.Map} map
 * @param {Object} session
 * @param {import('./link.js').Link} link
 * @returns {{opener: HTMLElement, box: HTMLElement, ready: function(Object): void, open: function(): Promise<void>,
 *   close: function(): boolean, on: function(): boolean, point: function(L.LatLng): void}}
 */
export function reporter(map, session, link) {
  const layer = session.portrayal.layers.find((each) => each.tiled && !each.kept);
  const box = el('section', { id: 'gl-report', 'aria-label': 'Report', hidden: true });
  let [parts, form, coming, from, back] = [null, null, null, 'feed', null];
  const on = () => !box.hidden;
  const mark = (at) => { parts.overlay.mark = at; parts.overlay.refresh(); };
  const stand = (height) => { if (narrow()) parts.right.stand(height); };
  const tell = (words) => {
    if (!narrow()) return;
    parts.readout.textContent = words;
    parts.readout.hidden = !words;
  };
  const pick = () => { stand('peek'); tell('Tap where it happened'); };
  const fetched = () => {
    coming ??= made(session, link, layer, { close: () => close(), mark, pick })
      .catch((fault) => { coming = null; throw fault; });
    return coming;
  };
  const open = async () => {
    if (!on()) {
      from = parts.right.shown();
      back = document.activeElement;
      parts.right.show('report');
      map.getContainer().classList.add('gl-picking');
    }
    stand('full');
    tell('');
    try {
      form ??= await fetched();
      if (!form.box.isConnected) box.replaceChildren(form.box);
      if (on()) form.opened();
    } catch (fault) {
      box.replaceChildren(el('p', { class: 'gl-empty gl-fault', role: 'alert', text: fault instanceof Refused ? fault.message : SILENCE }));
    }
  };
  const close = () => {
    if (!on()) return false;
    mark(null);
    tell('');
    map.getContainer().classList.remove('gl-picking');
    parts.right.show(from);
    stand('peek');
    if (from === 'feed' && parts.list.list.scrollTop === 0) parts.list.release();
    if (back?.isConnected) back.focus({ preventScroll: true });
    return true;
  };
  session.on('select', (item) => { if (item && parts) close(); });
  session.on('hello', () => setTimeout(() => form || fetched().catch(() => {}), SOON));
  const opener = button('Report', open, { id: 'gl-report-open', title: 'Report an incident (R)', 'aria-keyshortcuts': 'r', hidden: !layer });
  return {
    opener, box, open, close, on,
    ready: (given) => { parts = given; },
    point: async (at) => {
      await form?.point(at);
      if (on()) stand('full');
      tell('');
    },
  };
}

/** Fetch the form's code, its style and what it asks. */
async function made(session, link, layer, does) {
  const form = get(`data/form/${encodeURIComponent(layer.id)}`);
  const [{ Report }, asked] = await Promise.all([import('./report.js'), form, styled('report')]);
  return new Report(session, link, asked, does);
}
