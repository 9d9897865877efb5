/**
 * The frame's first script, a classic one because the component loads no modules. It paints the
 * theme before anything is drawn, starts loading the rest, and keeps calls until that has come.
 */
(() => {
  'use strict';
  const root = document.documentElement;
  const site = new URL('../../', document.currentScript.src);
  const calls = [];
  let frame = null;

  /** Paint day or night: by Streamlit's word where it gave one, else by how dark its background is. */
  function paint(theme) {
    const ground = theme?.backgroundColor || getComputedStyle(root).getPropertyValue('--background-color').trim();
    const [red, green, blue] = (ground.match(/[\da-f]{2}/gi) || ['ff', 'ff', 'ff']).map((part) => parseInt(part, 16));
    const dark = theme?.base ? theme.base === 'dark' : 0.3 * red + 0.6 * green + 0.1 * blue < 128;
    root.dataset.theme = dark ? 'night' : 'day';
    root.style.background = document.body.style.background = dark ? '#10171C' : '#F3F1EA';
    frame?.paint();
  }

  function failed(fault) {
    const note = document.createElement('p');
    note.setAttribute('role', 'alert');
    note.className = 'gl-failed';
    note.textContent = `The map could not start (${fault.message}). Reload the page; if it stays away, restart the server.`;
    document.body.prepend(note);
  }

  paint(null);
  window.Streamlit?.events.addEventListener('streamlit:render', (event) => paint(event.detail.theme));
  const early = ['data/mission', 'data/portrayal'].map((path) => fetch(new URL(path, site)));
  const code = import('./main.js');

  /** Take over folium's map. */
  window.greenline = (map) => {
    code.then((main) => main.start(map, early)).then((started) => {
      frame = started;
      for (const call of calls.splice(0)) frame.show(...call);
    }).catch(failed);
  };

  /** Show a view, stay in touch through the room of that token, and ask what that panel asks. */
  window.show = (...call) => { if (frame) frame.show(...call); else calls.push(call); };
})();
