/** The tone of a new alert: off until somebody permits it in this browser, and muted by one button. */

import { button, icon } from './dom.js';

const KEPT = 'greenline.tone';
const BELL = 'M-6 4H6L4.5 2V-2A4.5 4.5 0 0 0-4.5-2V2ZM-1.5 6.5H1.5';
const MUTE = `${BELL}M-7-7L7 7`;
/** Two short notes: Hz, seconds from the beginning, seconds long. */
const NOTES = [[880, 0, 0.12], [660, 0.16, 0.16]];
const LOUD = 0.18;
const APART = 1500;

/**
 * Build the button, and sound the tone whenever there are new alerts.
 * @param {Object} session
 * @returns {{box: HTMLElement, permit: function(): void}} `permit` is called in a click, as browsers ask
 */
export function tone(session) {
  let [sound, last] = [null, -Infinity];
  const on = () => localStorage.getItem(KEPT) === 'on';
  const box = button('', () => turn(!on()), { id: 'gl-tone' });
  const mark = () => {
    box.setAttribute('aria-pressed', String(on()));
    box.title = on() ? 'Alert tone on: press to mute' : 'Alert tone off: press for a tone at each new alert';
    box.setAttribute('aria-label', 'Alert tone');
    box.replaceChildren(icon(on() ? BELL : MUTE, { size: 16 }));
  };
  const ready = () => {
    sound ??= new AudioContext();
    if (sound.state === 'suspended') sound.resume().catch(() => {});
  };
  const turn = (wanted) => {
    localStorage.setItem(KEPT, wanted ? 'on' : 'off');
    if (wanted) ready();
    mark();
  };
  // After a reload a browser lets nothing sound until something is pressed.
  for (const event of ['pointerdown', 'keydown']) document.addEventListener(event, () => { if (on()) ready(); }, { capture: true, passive: true });
  addEventListener('storage', ({ key }) => { if (key === KEPT) mark(); });
  session.on('alerted', () => {
    if (!on() || sound?.state !== 'running' || performance.now() - last < APART) return;
    last = performance.now();
    for (const note of NOTES) play(sound, ...note);
  });
  mark();
  return { box, permit: () => turn(true) };
}

function play(sound, pitch, after, lasts) {
  const [note, loud, at] = [sound.createOscillator(), sound.createGain(), sound.currentTime + after];
  note.frequency.value = pitch;
  loud.gain.setValueAtTime(0, at);
  loud.gain.linearRampToValueAtTime(LOUD, at + 0.02);
  loud.gain.linearRampToValueAtTime(0, at + lasts);
  note.connect(loud).connect(sound.destination);
  note.start(at);
  note.stop(at + lasts);
}
