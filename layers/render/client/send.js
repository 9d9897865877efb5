/** Sending to the server this frame came from, in the name of this tab. */

import { address, json, Refused } from './load.js';

/**
 * Send JSON and read the answer's.
 * @param {import('./link.js').Link} link whose token says which tab asks
 * @param {string} path
 * @param {Object} body
 * @param {Object<string, string|number>} [query]
 * @returns {Promise<*>}
 */
export async function send(link, path, body, query = {}) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${link.token}` };
  const answer = await fetch(address(path, query), { method: 'POST', headers, body: JSON.stringify(body) });
  if (answer.status === 401) throw Object.assign(new Refused('no valid token'), { status: 401 });
  return json(answer);
}

/**
 * Say why something that was sent is not done, and what to do.
 * @param {Error} fault
 * @param {string} what `Not kept`
 * @returns {string}
 */
export function failure(fault, what) {
  if (!(fault instanceof Refused)) return `${what}: the server does not answer. Do it again when the link is back.`;
  if (fault.status === 401) return `${what}: the link of this tab is being renewed. Do it again in a moment.`;
  return `${what}: ${fault.message.trim()}.`;
}
