/** The print frame: the ground that a sheet of paper would show, drawn on the map, dragged, and briefed. */

import { button, el, icon } from './dom.js';
import { get, address, styled } from './load.js';
import { beside, unchosen } from './place.js';

const PAPER = 'M-5-8H3L6-5V8H-6V-8ZM-3-1H3M-3 2H3M-3 5H1';
const ROUND = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8];
const [LARGEST, SMALLEST] = [2500, 150e6];
const STEP = 16;
/** A frame at first takes at most this share of what is seen of the map. */
const SHARE = 0.86;
const RADIUS = 6378137;
let dressed;

/**
 * Put the button in its place; the rest waits for it.
 * @param {Object} session
 * @param {{map: L.Map, stage: HTMLElement}} parts
 */
export function briefer(session, { map, stage }) {
  const words = 'Brief this view';
  const open = el('button', { type: 'button', id: 'gl-brief', title: words, 'aria-label': words, 'aria-pressed': 'false' }, icon(PAPER, { width: 1.3 }));
  let frame = null;
  open.addEventListener('click', async () => {
    if (frame) { frame.close(); return; }
    open.disabled = true;
    try {
      frame = await framed(session, map, stage, () => { frame = null; open.setAttribute('aria-pressed', 'false'); open.focus(); });
      open.setAttribute('aria-pressed', 'true');
    } finally {
      open.disabled = false;
    }
  });
  stage.querySelector('#gl-zoom').append(open);
}

/** Draw the frame over the middle of what is seen of the map, or over the mission where the map still shows all of it, and the bar that says what it is. */
async function framed(session, map, stage, closed) {
  const [{ papers }] = await Promise.all([get('data/papers'), dressed ||= styled('brief')]);
  let [paper, scale, at] = [papers[0], 0, map.containerPointToLatLng(beside(map).middle)];
  const whole = unchosen(session, map) && session.mission.box;
  const box = el('div', { id: 'gl-frame', tabindex: '0', role: 'group', 'aria-label': 'Print frame: drag it, or move it with the arrow keys' });
  const sizes = el('select', { 'aria-label': 'Sheet', on: { change: () => { paper = papers[Number(sizes.value)]; fit(); } } },
    ...papers.map(({ size, portrait }, n) => el('option', { value: n, text: size === '16:9' ? 'Slide 16:9' : `${size} ${portrait ? 'portrait' : 'landscape'}` })));
  const scales = el('select', { 'aria-label': 'Scale', on: { change: () => { scale = Number(scales.value); place(); } } },
    ...rounds().map((one) => el('option', { value: one, text: `1:${one.toLocaleString('en')}` })));
  const brief = button('Brief this view', () => leave(), { id: 'gl-frame-brief' });
  const bar = el('div', { id: 'gl-frame-bar', role: 'toolbar', 'aria-label': 'Print frame' }, sizes, scales, brief, button('Cancel', () => close(), { class: 'gl-quiet' }));

  const pixels = () => {
    // Millimetres on paper, metres on the ground, pixels of the map at that latitude.
    const per = (256 * 2 ** map.getZoom()) / (2 * Math.PI * RADIUS * Math.cos((at.lat * Math.PI) / 180));
    return [paper.width, paper.height].map((mm) => (mm / 1000) * scale * per);
  };
  const place = () => {
    const [width, height] = pixels();
    const middle = map.latLngToContainerPoint(at);
    Object.assign(box.style, { width: `${width}px`, height: `${height}px`, left: `${middle.x - width / 2}px`, top: `${middle.y - height / 2}px` });
    scales.value = String(scale);
  };
  const fit = () => {
    const within = (room) => (one) => { scale = one; const [width, height] = pixels(); return width <= room.x && height <= room.y; };
    const [held, stage] = [whole && over(map, whole), map.getSize()];
    if (held) {
      const holds = (one) => { scale = one; const [width, height] = pixels(); return width >= held.size.x && height >= held.size.y; };
      at = map.containerPointToLatLng(held.middle);
      scale = rounds().find(holds);
      const half = L.point(pixels()).divideBy(2);
      const inside = (axis) => Math.max(half[axis], Math.min(stage[axis] - half[axis], held.middle[axis]));
      at = map.containerPointToLatLng([inside('x'), inside('y')]);
    }
    // Of a mission that would not be seen whole in a frame, or of another place, as much as there is room for.
    if (!held || !within(stage)(scale)) scale = rounds().filter(within(beside(map).room.multiplyBy(SHARE))).at(-1) || LARGEST;
    place();
  };
  const move = (x, y) => {
    at = map.containerPointToLatLng(map.latLngToContainerPoint(at).add([x, y]));
    place();
  };
  const leave = () => {
    const [width, height] = pixels();
    const middle = map.latLngToContainerPoint(at);
    const [low, high] = [[-1, 1], [1, -1]].map(([x, y]) => map.containerPointToLatLng(middle.add([(x * width) / 2, (y * height) / 2])).wrap());
    const edges = [low.lng, low.lat, high.lng, high.lat].map((edge) => edge.toFixed(5));
    const asked = { v: session.view, frame: [...edges, scale].join(), sheet: paper.size, stands: paper.portrait ? 'Portrait' : 'Landscape' };
    Object.assign(parent.document.createElement('a'), { href: address('briefing', asked) }).click();
  };
  const close = () => {
    map.off('move zoom resize', place);
    box.remove();
    bar.remove();
    closed();
  };
  box.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    box.focus();
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener('pointermove', (event) => box.hasPointerCapture(event.pointerId) && move(event.movementX, event.movementY));
  box.addEventListener('wheel', (event) => map.getContainer().dispatchEvent(new WheelEvent('wheel', event)), { passive: true });
  for (const part of [box, bar]) {
    part.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
      if (event.key === 'Escape') close();
      else if (event.key === 'Enter' && part === box) leave();
      else if (by && part === box) move(...by);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }
  map.on('move zoom resize', place);
  stage.append(box, bar);
  fit();
  brief.focus();
  return { close };
}

/** Where the middle of a box of degrees lies on the map, and how large it is, pixels. */
function over(map, [west, south, east, north]) {
  const [low, high] = [[south, west], [north, east]].map((corner) => map.latLngToContainerPoint(corner));
  return { middle: low.add(high).divideBy(2), size: L.point(high.x - low.x, low.y - high.y) };
}

/** @returns {number[]} the scales there are, the largest on paper first */
function rounds() {
  const found = [];
  for (let power = 1000; power <= SMALLEST; power *= 10) {
    found.push(...ROUND.map((step) => step * power).filter((scale) => scale >= LARGEST && scale <= SMALLEST));
  }
  return found;
}
