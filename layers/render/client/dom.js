/** Making elements. Text only ever goes in as text. */

const SVG = 'http://www.w3.org/2000/svg';

/** Characters that turn the direction of what follows them. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Make a text safe to read: what would turn its direction is written out instead.
 * @param {*} text
 * @returns {string}
 */
export function shown(text) {
  return String(text).replace(TURNS, (turn) => `⟨U+${turn.charCodeAt(0).toString(16).toUpperCase()}⟩`);
}

/**
 * Make an element.
 * @param {string} tag
 * @param {Object} [props] attributes; `text` is the text, `on` a table of listeners
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') made.textContent = shown(value);
    else if (name === 'on') for (const [event, call] of Object.entries(value)) made.addEventListener(event, call);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * Make a button with a text.
 * @param {string} text
 * @param {function(Event): void} call
 * @param {Object} [props]
 * @returns {HTMLElement}
 */
export function button(text, call, props = {}) {
  return el('button', { type: 'button', ...props, on: { click: call, ...props.on } }, text);
}

/**
 * Draw an SVG path as a small picture.
 * @param {string} path in a box of -10..10, y down
 * @param {{colour?: string, fill?: string, size?: number, width?: number}} [look]
 * @returns {SVGElement}
 */
export function icon(path, { colour = 'currentColor', fill = 'none', size = 18, width = 1.6 } = {}) {
  const svg = document.createElementNS(SVG, 'svg');
  const shape = document.createElementNS(SVG, 'path');
  const set = (node, table) => Object.entries(table).forEach(([name, value]) => node.setAttribute(name, String(value)));
  set(svg, { viewBox: '-10 -10 20 20', width: size, height: size, 'aria-hidden': 'true', focusable: 'false' });
  set(shape, { d: path, stroke: colour, fill, 'stroke-width': width, 'stroke-linejoin': 'round', 'stroke-linecap': 'round' });
  svg.append(shape);
  return svg;
}

/**
 * Wait for quiet: run the call once nothing asked for it for that long.
 * @param {number} wait milliseconds
 * @param {function(...*): void} call
 * @returns {function(...*): void}
 */
export function later(wait, call) {
  let timer = 0;
  return (...args) => { clearTimeout(timer); timer = setTimeout(call, wait, ...args); };
}

/**
 * Make a small line of events.
 * @returns {{on: function(string, function(*): void): void, emit: function(string, *=): void}}
 */
export function bus() {
  const calls = new Map();
  return {
    on: (name, call) => { calls.set(name, [...(calls.get(name) || []), call]); },
    emit: (name, value) => { for (const call of calls.get(name) || []) call(value); },
  };
}

/** True where the reader asked for less motion. */
export const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** True on a narrow screen, where the panel is a sheet at the bottom. */
export const narrow = () => matchMedia('(max-width: 700px)').matches;
