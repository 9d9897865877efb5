/** The number before the page's title: how much is to be acknowledged. */

/**
 * Write the number before the page's title; without one, take it away.
 * @param {number} [open]
 */
export function badge(open) {
  const bare = parent.document.title.replace(/^\(\d+\)\s*/, '');
  // The browser trims a title, and an equal one must not be written again: the observer below would hear of it for ever.
  const title = (open ? `(${open}) ${bare}` : bare).trim();
  if (parent.document.title !== title) parent.document.title = title;
}

/**
 * Keep the number in the title while this frame stands: the page writes its title anew when it runs.
 * @param {function(): number|undefined} open
 */
export function badged(open) {
  const watching = new MutationObserver(() => badge(open()));
  watching.observe(parent.document.head, { childList: true, characterData: true, subtree: true });
  addEventListener('pagehide', () => { watching.disconnect(); badge(0); });
}
