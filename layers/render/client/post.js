/** Sending to the server what is decided here. */

import { address, json, Refused } from './load.js';

/**
 * Send JSON with this tab's token.
 * @param {{token: string|null}} link
 * @param {string} path
 * @param {Object<string, string|number>} query
 * @param {*} body
 * @returns {Promise<*>} the answer; a `Refused` of status 401 where the token is being renewed
 */
export async function post(link, path, query, body) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${link.token}` };
  const answer = await fetch(address(path, query), { method: 'POST', headers, body: JSON.stringify(body) });
  if (answer.status === 401) throw Object.assign(new Refused('no valid token'), { status: 401 });
  return json(answer);
}

/**
 * Add a style sheet of ours, and wait until it holds.
 * @param {string} name
 * @returns {Promise<void>}
 */
export function styled(name) {
  const style = document.createElement('link');
  Object.assign(style, { rel: 'stylesheet', href: address(`lib/own/${name}`) });
  const held = new Promise((done, failed) => {
    style.addEventListener('load', done);
    style.addEventListener('error', () => { style.remove(); failed(new TypeError('no style')); });
  });
  document.head.append(style);
  return held;
}
