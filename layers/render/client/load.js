/** Fetching from the server this frame came from, and from nowhere else. */

const ROOT = new URL('../../', import.meta.url);

/**
 * Make an address on this server.
 * @param {string} path
 * @param {Object<string, string|number>} [query]
 * @returns {URL}
 */
export function address(path, query = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

/** The server answered, and refused. The message is its own line. */
export class Refused extends Error {}

/**
 * Read an answer's JSON.
 * @param {Response} answer
 * @returns {Promise<*>}
 */
export async function json(answer) {
  if (!answer.ok) throw new Refused((await answer.text()).slice(0, 300) || `the server answered ${answer.status}`);
  return answer.json();
}

/**
 * Fetch JSON.
 * @param {string} path
 * @param {Object<string, string|number>} [query]
 * @param {AbortSignal} [signal]
 * @returns {Promise<*>}
 */
export async function get(path, query, signal) {
  return json(await fetch(address(path, query), { signal }));
}

/**
 * Fetch a style sheet of ours that the frame does not begin with.
 * @param {string} name
 * @returns {Promise<void>}
 */
export function styled(name) {
  const sheet = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: address(`lib/own/${name}.css`) });
  document.head.append(sheet);
  return new Promise((done, failed) => {
    sheet.addEventListener('load', () => done());
    sheet.addEventListener('error', () => { sheet.remove(); failed(new TypeError('no style')); });
  });
}

/**
 * Make a fetcher of which only the newest question counts: older ones are dropped, and answer null.
 * @param {string} path
 * @returns {function(Object=): Promise<*>}
 */
export function newest(path) {
  let control = null;
  return async (query) => {
    control?.abort();
    const mine = control = new AbortController();
    try {
      const found = await get(path, query, mine.signal);
      return mine === control ? found : null;
    } catch (fault) {
      if (mine.signal.aborted) return null;
      throw fault;
    }
  };
}
