/** One panel at a time under a button, closed by Esc, by the button, or by looking elsewhere. */

let open = null;

/** Close the panel that is open. @returns {boolean} whether one was */
export function closePopover() {
  if (!open) return false;
  const { opener, panel } = open;
  const back = panel.contains(document.activeElement);
  open = null;
  panel.hidden = true;
  opener.setAttribute('aria-expanded', 'false');
  if (back) opener.focus();
  return true;
}

/**
 * Let a button open a panel.
 * @param {HTMLElement} opener
 * @param {HTMLElement} panel hidden until then; it stands at the end of the frame
 * @param {function(): void} [before] fills the panel
 */
export function popover(opener, panel, before = () => {}) {
  panel.hidden = true;
  opener.setAttribute('aria-expanded', 'false');
  opener.setAttribute('aria-controls', panel.id);
  opener.addEventListener('click', () => {
    const mine = open?.panel === panel;
    closePopover();
    if (mine) return;
    before();
    panel.hidden = false;
    opener.setAttribute('aria-expanded', 'true');
    const at = opener.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, innerWidth - panel.offsetWidth - 8));
    Object.assign(panel.style, { left: `${left}px`, top: `${at.bottom + 4}px` });
    open = { opener, panel };
    panel.querySelector('input, button')?.focus({ preventScroll: true });
  });
}

document.addEventListener('pointerdown', (event) => {
  if (open && !open.panel.contains(event.target) && !open.opener.contains(event.target)) closePopover();
});
