/** How the features of one layer stand to another: read, spelled, and said in words. */

import { count } from './format.js';
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
 * @param {string} id what it is called where there is no such layer
 * @returns {string}
 */
export function called(layer, id = '') {
  if (!layer) return id;
  return layer.kept ? layer.title : layer.title.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

/**
 * Say a relation as the server does: `Incidents within 500 m of any of ceasefire line`.
 * @param {Object} session
 * @param {ReturnType<typeof read>} relation
 * @returns {string}
 */
export function inWords(session, { subject, kind, other, metres, feature, side }) {
  const title = (id) => session.layer(id)?.title || id;
  const named = (pairs, code) => pairs.find(([one]) => one === code)?.[1];
  const any = `any of ${title(other).toLowerCase()}`;
  const listed = session.relations?.others.find(({ id }) => id === other);
  const to = !feature ? any : listed ? named(listed.features, feature) || feature : any.replace('any', 'one');
  const near = metres < 10000 ? `${count(metres, ',')} m` : `${(metres / 1000).toFixed(1)} km`;
  const beside = side === 'left' || side === 'right' ? `${side} side` : `side of ${named(session.mission.parties, side) || side}`;
  const how = {
    within: `within ${near} of ${to}`, beyond: `farther than ${near} from ${to}`, inside: `in ${to}`, crossing: `that cross ${to}`,
    side: side === 'on' ? `on ${to}` : `on the ${beside} of ${to}`,
  };
  return `${title(subject)} ${how[kind] || ''}`;
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
