/** What a view leaves out, in words in the strip, and a button that shows it again: no such picture may look like the whole. */

import { button, el, shown } from './dom.js';

/**
 * Build a chip.
 * @param {{id: string, name: string, lift: function(): void}} of its element's id, what it is called, and what shows all again
 * @returns {{box: HTMLElement, say: function(string): void}} `say` writes the words; blank takes the chip away
 */
export function chip({ id, name, lift }) {
  const words = el('span', { class: 'gl-words', dir: 'auto' });
  const off = button('×', lift, { class: 'gl-lift', title: 'Show all again', 'aria-label': `Show all again: ${name}` });
  const box = el('div', { id, class: 'gl-chip', role: 'group', 'aria-label': name, hidden: true }, words, off);
  return {
    box,
    say: (text) => {
      box.hidden = !text;
      words.textContent = box.title = shown(text);
    },
  };
}
