/** How the features of one layer stand to another: read, spelled, and asked about. */

import { get, styled } from './load.js';
import { quoted, unquoted } from './view.js';

/** The relations that reach so many metres. */
export const REACHING = ['within', 'beyond'];
let sheet = null;

/**
 * Read a relation.
 * @param {string} text as a view holds it
 * @returns {{subject: string, kind: string, other: string, metres: number, feature: string, side: string}|null}
 */
export function read(text) {
  if (!text) return null;
  const [subject, kind, other, metres, feature = '', side = ''] = text.split(',').map(unquoted);
  return { subject, kind, other, metres: Number(metres) || 0, feature, side };
}

/**
 * Spell a relation exactly as the server does.
 * @param {ReturnType<typeof read>} relation
 * @returns {string}
 */
export function spelled({ subject, kind, other, metres, feature, side }) {
  const parts = [subject, kind, other, String(REACHING.includes(kind) ? metres : 0), feature, kind === 'side' ? side : ''];
  while (!parts[parts.length - 1]) parts.pop();
  return parts.map((part) => quoted(part)).join(',');
}

/**
 * Write a reach exactly.
 * @param {number} metres
 * @returns {string}
 */
export function reached(metres) {
  return metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
}

/**
 * Write a layer's title as it stands within a sentence; what someone named stays as it was written.
 * @param {Object|undefined} layer
 * @param {string} id of the layer, which names it where there is no such layer
 * @returns {string}
 */
export function called(layer, id = '') {
  if (!layer) return id;
  return layer.kept ? layer.title : layer.title.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

/**
 * Ask which layers may stand how to which; whoever shows names hears of it.
 * @param {Object} session
 * @returns {Promise<Object>} `/data/relations`
 */
export async function related(session) {
  session.relations = await get('data/relations');
  session.emit('relations', session.relations);
  return session.relations;
}

/** Fetch the style sheet of what is drawn and asked here, once. */
export function dressed() {
  sheet ??= styled('within').catch((fault) => {
    sheet = null;
    throw fault;
  });
  return sheet;
}
