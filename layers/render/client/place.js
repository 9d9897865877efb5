/** Where the map stands: in the link's fragment, and for a reload in the tab's memory. */

import { narrow } from './dom.js';

/** What the legend covers at the right, and what stays free at the other sides, pixels. */
const [LEGEND, EDGE] = [230, 12];
/** A map that is laid out anew may move so far by itself, pixels. */
const NUDGED = 60;

/**
 * Write where the map stands: `zoom/lat/lon`.
 * @param {L.Map} map
 * @returns {string}
 */
export function spelled(map) {
  const { lat, lng } = map.getCenter().wrap();
  return `${map.getZoom()}/${lat.toFixed(4)}/${lng.toFixed(4)}`;
}

/**
 * Put the map where the link or this tab's memory says, else over the whole mission; then keep both in step.
 * @param {L.Map} map
 * @param {{title: string, box: number[]}} mission
 * @param {function(string): void} told called with each new place
 * @returns {{mark: function(): void}}
 */
export function keepPlace(map, mission, told) {
  const memory = `greenline.place.${mission.title}`;
  const text = parent.location.hash.slice(1) || sessionStorage.getItem(memory) || '';
  const [zoom, lat, lon] = text.split('/').map(Number);
  if (text.split('/').length === 3 && [zoom, lat, lon].every(Number.isFinite) && Math.abs(lat) <= 90) {
    map.setView([lat, lon], Math.max(1, Math.min(19, Math.round(zoom))), { animate: false });
  } else {
    fit(map, mission.box);
    sessionStorage.setItem(fitted(mission), spelled(map));
  }
  const mark = () => {
    sessionStorage.setItem(memory, spelled(map));
    const here = `#${spelled(map)}`;
    if (parent.location.hash !== here) parent.history.replaceState(parent.history.state, '', here);
  };
  map.on('moveend', () => {
    mark();
    told(spelled(map));
  });
  mark();
  return { mark };
}

const fitted = ({ title }) => `greenline.fitted.${title}`;

/**
 * Bring the map over a box, whole beside the legend.
 * @param {L.Map} map
 * @param {number[]} box west, south, east, north in degrees
 */
export function fit(map, [west, south, east, north]) {
  map.fitBounds([[south, west], [north, east]], {
    animate: false, maxZoom: 15, paddingTopLeft: [EDGE, EDGE], paddingBottomRight: [aside(), EDGE],
  });
}

const aside = () => (narrow() ? EDGE : LEGEND);

/**
 * What is seen of the map beside the legend: where its middle is, and how large it is, pixels.
 * @param {L.Map} map
 * @returns {{middle: L.Point, room: L.Point}}
 */
export function beside(map) {
  const room = map.getSize().subtract([EDGE + aside(), 2 * EDGE]);
  return { middle: room.divideBy(2).add([EDGE, EDGE]), room };
}

/**
 * Say whether the map still stands where it was put over the whole mission, and no one has moved it.
 * @param {{mission: {title: string}}} session
 * @param {L.Map} map
 * @returns {boolean}
 */
export function unchosen({ mission }, map) {
  const [zoom, ...at] = (sessionStorage.getItem(fitted(mission)) || '').split('/').map(Number);
  return zoom === map.getZoom() && map.latLngToContainerPoint(at).distanceTo(map.getSize().divideBy(2)) < NUDGED;
}

/**
 * Let Back leave a page at once. Streamlit adds an entry to the history whenever a page writes its view into its
 * address; going back to the entry before would only have it written again. Such an entry takes the place of the
 * last, and while this frame stands, the address names the view that the frame shows.
 * @param {Object} session
 */
export function keepBack(session) {
  const { history, location, URL: Link } = parent;
  const put = history.replaceState.bind(history);
  const push = Object.getPrototypeOf(history).pushState.bind(history);
  history.pushState = (state, title, to) => {
    const link = new Link(to ?? '', location.href);
    if (link.pathname !== location.pathname) {
      push(state, title, to);
      return;
    }
    link.hash ||= location.hash;
    if (window.frameElement?.isConnected && session.view) link.searchParams.set('v', session.view);
    put(state, title, link.href);
  };
}
