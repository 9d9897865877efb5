/** The View's text, read and written exactly as the server does. */

const OWN = ['last', 'from', 'to', 'by', 'known', 'bbox', 'hide', 'show', 'where', 'kp', 'scene', 'look'];

/**
 * Percent-encode as Python's `quote` does.
 * @param {string} text
 * @param {boolean} [safe] leave commas and colons as they are
 * @returns {string}
 */
export function quoted(text, safe = false) {
  const whole = encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return safe ? whole.replace(/%2C/g, ',').replace(/%3A/g, ':') : whole;
}

/**
 * Undo percent-encoding; what is none is taken as it stands.
 * @param {string} text
 * @returns {string}
 */
export function unquoted(text) {
  try {
    return decodeURIComponent(text);
  } catch (fault) {
    if (fault instanceof URIError) return text;
    throw fault;
  }
}

/**
 * Read a view.
 * @param {string} text
 * @returns {{last: string, from: string, to: string, by: string, known: string, bbox: string, hide: string[], show: string[],
 *   where: string, kp: string, scenes: string[], look: string, filters: Object<string, string[]>}}
 */
export function parse(text) {
  const parts = {};
  for (const part of text.split('&').filter(Boolean)) {
    const cut = part.indexOf('=');
    if (cut > 0) parts[part.slice(0, cut)] = unquoted(part.slice(cut + 1).replace(/\+/g, ' '));
  }
  const codes = (value) => (value || '').split(',').filter(Boolean);
  const filters = {};
  for (const name of Object.keys(parts).filter((key) => !OWN.includes(key))) {
    filters[name] = [...new Set(codes(parts[name]).map(unquoted))].sort();
  }
  const plain = Object.fromEntries(OWN.map((name) => [name, parts[name] || '']));
  return {
    ...plain, last: plain.last || '24h', hide: [...new Set(codes(plain.hide))].sort(), show: [...new Set(codes(plain.show))].sort(),
    scenes: plain.scene.split(',').filter(Boolean), filters,
  };
}

/**
 * Write a view: equal views have equal texts.
 * @param {ReturnType<typeof parse>} view
 * @returns {string}
 */
export function written(view) {
  const parts = view.from || view.to ? [] : [['last', view.last]];
  const own = { ...view, hide: [...view.hide].sort().join(','), show: [...view.show].sort().join(','), scene: view.scenes.join(',') };
  parts.push(...OWN.slice(1).map((name) => [name, own[name]]).filter(([, value]) => value));
  for (const name of Object.keys(view.filters).sort()) {
    const codes = [...new Set(view.filters[name])].sort();
    if (codes.length) parts.push([name, codes.map((code) => quoted(code)).join(',')]);
  }
  return parts.map(([name, value]) => `${name}=${quoted(value, true)}`).join('&');
}

/**
 * Change a view's text.
 * @param {string} text
 * @param {Object} changes parts to replace, as `parse` names them
 * @returns {string}
 */
export function changed(text, changes) {
  return written({ ...parse(text), ...changes });
}

/**
 * Say which layers two views may show differently: switched on or off, or asked about.
 * @param {string} before
 * @param {string} after
 * @returns {Set<string>|null} their ids; null where it may be every layer
 */
export function touched(before, after) {
  const views = [before, after].map(parse);
  const [rest, same] = views.map((view) => written({ ...view, hide: [], show: [], where: '', scenes: [], look: '' }));
  if (rest !== same) return null;
  const [left, right] = views.map(({ hide, show, where }) => [...hide, ...show, `${where.split(',')[0]} ${where}`]);
  const only = (mine, others) => mine.filter((part) => !others.includes(part)).map((part) => part.split(' ')[0]);
  return new Set([...only(left, right), ...only(right, left)]);
}

/**
 * Say whether a view leaves a layer out: one that is stored where it is hidden, one that is reckoned where it is not asked for.
 * @param {ReturnType<typeof parse>} view
 * @param {Object} layer of the portrayal
 * @returns {boolean}
 */
export function off(view, layer) {
  return layer.asked ? !view.show.includes(layer.id) : view.hide.includes(layer.id);
}

/**
 * Switch a layer on or off.
 * @param {string} text of the view
 * @param {Object} layer of the portrayal
 * @param {boolean} on
 * @returns {string}
 */
export function switched(text, layer, on) {
  const part = layer.asked ? 'show' : 'hide';
  const rest = parse(text)[part].filter((id) => id !== layer.id);
  return changed(text, { [part]: on === Boolean(layer.asked) ? [...rest, layer.id] : rest });
}

/**
 * Write a moment for a view, on the whole minute.
 * @param {number} ms
 * @returns {string}
 */
export function moment(ms) {
  return new Date(Math.round(ms / 60000) * 60000).toISOString().replace('.000Z', 'Z');
}
