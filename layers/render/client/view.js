/** The View's text, read and written exactly as the server does. */

const OWN = ['last', 'from', 'to', 'known', 'bbox', 'hide', 'where', 'scene', 'look'];

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
 * @returns {{last: string, from: string, to: string, known: string, bbox: string, hide: string[],
 *   where: string, scenes: string[], look: string, filters: Object<string, string[]>}}
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
  return {
    last: parts.last || '24h', from: parts.from || '', to: parts.to || '', known: parts.known || '',
    bbox: parts.bbox || '', hide: [...new Set(codes(parts.hide))].sort(), where: parts.where || '',
    scenes: (parts.scene || '').split(',').filter(Boolean), look: parts.look || '', filters,
  };
}

/**
 * Write a view: equal views have equal texts.
 * @param {ReturnType<typeof parse>} view
 * @returns {string}
 */
export function written(view) {
  const parts = view.from || view.to ? [] : [['last', view.last]];
  if (view.from) parts.push(['from', view.from]);
  if (view.to) parts.push(['to', view.to]);
  if (view.known) parts.push(['known', view.known]);
  if (view.bbox) parts.push(['bbox', view.bbox]);
  if (view.hide.length) parts.push(['hide', [...view.hide].sort().join(',')]);
  if (view.where) parts.push(['where', view.where]);
  if (view.scenes.length) parts.push(['scene', view.scenes.join(',')]);
  if (view.look) parts.push(['look', view.look]);
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
  const [rest, same] = views.map((view) => written({ ...view, hide: [], where: '', scenes: [], look: '' }));
  if (rest !== same) return null;
  const [left, right] = views.map(({ hide, where }) => [...hide, `${where.split(',')[0]} ${where}`]);
  const only = (mine, others) => mine.filter((part) => !others.includes(part)).map((part) => part.split(' ')[0]);
  return new Set([...only(left, right), ...only(right, left)]);
}

/**
 * Write a moment for a view, on the whole minute.
 * @param {number} ms
 * @returns {string}
 */
export function moment(ms) {
  return new Date(Math.round(ms / 60000) * 60000).toISOString().replace('.000Z', 'Z');
}
