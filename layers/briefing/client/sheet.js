/**
 * A sheet on the screen: the marks it is made of, moved and enlarged, layers shown or not, and what is told of a feature.
 *
 * It stands in one file with what it draws, asks nobody for anything, and lets text in only as text.
 */
(() => {
  'use strict';

  const sheet = JSON.parse(document.getElementById('sheet').textContent);
  const canvas = document.querySelector('.map canvas');
  const context = canvas.getContext('2d');
  const told = document.getElementById('told');
  const bar = document.querySelector('.bar');
  const still = new Set();
  const POINT = 25.4 / 72;
  const MOST_ZOOM = 60;
  const ROOM = 6;
  const REACH = 9;
  const MOST_TOLD = 12;
  const SLOW_MS = 30;
  const STILL_MS = 150;

  /** Where the map stands: pixels for a millimetre, and the millimetre at the middle. */
  const view = { zoom: 1, x: sheet.width / 2, y: sheet.height / 2 };
  let ratio = window.devicePixelRatio || 1;
  let size = { width: 1, height: 1 };
  let asked = false;
  let whole = false;
  /** A drawing that takes long is kept while the map moves, and drawn anew after. */
  let kept = null;
  let later = 0;
  /** The millimetres that were asked about. */
  let about = null;

  const fit = () => Math.min(size.width / (sheet.width + 2 * ROOM), size.height / (sheet.height + 2 * ROOM));
  const scale = () => fit() * view.zoom;
  const across = (x) => (x - view.x) * scale() + size.width / 2;
  const down = (y) => (y - view.y) * scale() + size.height / 2;
  /** Signs and lines grow less than the ground does, so that what lies close together comes apart. */
  const grown = () => fit() * view.zoom ** 0.3;

  const path = (parts, closed) => {
    const made = new Path2D();
    for (const part of parts) {
      for (const ring of part) {
        made.moveTo(ring[0] / 100, ring[1] / 100);
        for (let n = 2; n < ring.length; n += 2) made.lineTo(ring[n] / 100, ring[n + 1] / 100);
        if (closed) made.closePath();
      }
    }
    return made;
  };

  const prepare = (item) => {
    if (item.kind === 'strokes') item.path = path(item.parts, item.closed);
    if (item.kind === 'marks') item.sign = new Path2D(item.sign);
    if (item.kind === 'raster') {
      const image = new Image();
      image.addEventListener('load', () => {
        item.image = image;
        draw();
      });
      image.src = item.source;
    }
  };

  const onGround = () => {
    const s = scale() * ratio;
    context.setTransform(s, 0, 0, s, (size.width / 2 - view.x * scale()) * ratio, (size.height / 2 - view.y * scale()) * ratio);
  };

  const strokes = (item) => {
    const thick = (grown() * POINT) / scale();
    context.globalAlpha = item.opacity;
    if (item.fill) {
      context.fillStyle = item.fill;
      context.fill(item.path, 'evenodd');
    }
    if (item.line) {
      context.strokeStyle = item.line;
      context.lineWidth = Math.max(item.width * thick, 0.5 / scale());
      context.lineJoin = 'round';
      context.lineCap = item.dash.length ? 'butt' : 'round';
      context.setLineDash(item.dash.map((one) => one * thick));
      context.stroke(item.path);
    }
    context.globalAlpha = 1;
  };

  /** Draw a sign once, as a small picture of as many pixels as it takes. */
  const stamp = (item, paint) => {
    const wide = Math.ceil((item.size + 2) * grown() * ratio) + 2;
    const small = document.createElement('canvas');
    small.width = small.height = wide;
    const at = small.getContext('2d');
    const s = (item.size * grown() * ratio) / 16;
    at.setTransform(s, 0, 0, s, wide / 2, wide / 2);
    at.lineJoin = at.lineCap = 'round';
    paint(at, (width) => (width * POINT * 16) / item.size);
    return small;
  };

  const marks = (item) => {
    const under = (at, wide) => {
      at.strokeStyle = at.fillStyle = item.casing;
      at.lineWidth = wide(2 * item.width + 0.9);
      at.fill(item.sign);
      at.stroke(item.sign);
    };
    const over = (at, wide) => {
      if (item.fill) {
        at.fillStyle = item.fill;
        at.globalAlpha = item.opacity;
        at.fill(item.sign);
        at.globalAlpha = 1;
      }
      at.strokeStyle = item.line;
      at.lineWidth = wide(item.width);
      at.stroke(item.sign);
    };
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const paint of item.casing ? [under, over] : [over]) {
      const small = stamp(item, paint);
      const half = small.width / 2;
      for (let n = 0; n < item.x.length; n += 1) {
        const x = across(item.x[n] / 100) * ratio;
        const y = down(item.y[n] / 100) * ratio;
        if (x > -half && y > -half && x < canvas.width + half && y < canvas.height + half) {
          context.drawImage(small, Math.round(x - half), Math.round(y - half));
        }
      }
    }
  };

  const words = (item) => {
    if (still.has(item.layer)) return;
    const high = Math.min(item.size * POINT * fit() * view.zoom ** 0.5, Math.max(15, item.size * POINT * fit())) * ratio;
    context.setTransform(1, 0, 0, 1, across(item.x / 100) * ratio, down(item.y / 100) * ratio);
    context.rotate((-item.turned * Math.PI) / 180);
    context.font = `${item.bold ? 'bold ' : ''}${high}px "DejaVu Sans", "Noto Sans", Arial, sans-serif`;
    context.textAlign = item.across;
    context.textBaseline = { bottom: 'alphabetic', center: 'middle', top: 'top' }[item.up];
    if (item.halo) {
      context.strokeStyle = item.halo;
      context.lineWidth = high / 4;
      context.lineJoin = 'round';
      context.setLineDash([]);
      context.strokeText(item.text, 0, 0);
    }
    context.fillStyle = item.colour;
    context.fillText(item.text, 0, 0);
  };

  const raster = (item) => {
    if (!item.image || still.has('underlay')) return;
    context.drawImage(item.image, ...item.box.map((one) => one / 100));
  };

  const DRAWN = { strokes, marks, words, raster };

  const part = (of) => {
    if (still.has(of.layer)) return;
    context.save();
    if (of.clip) {
      onGround();
      context.beginPath();
      context.rect(...of.clip.map((one) => one / 100));
      context.clip();
    }
    for (const item of of.items) {
      onGround();
      DRAWN[item.kind](item);
    }
    context.restore();
  };

  const measured = () => {
    const room = (Math.min(160, size.width / 3) / scale()) * (sheet.scale / 1000);
    const power = 10 ** Math.floor(Math.log10(room));
    const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= room);
    bar.style.width = `${(metres * 1e5 * scale()) / sheet.scale / size.width}%`;
    bar.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  };

  /** Ring the place that was asked about. */
  const ring = () => {
    if (!about) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.setLineDash([]);
    for (const [colour, width] of [['#FFFFFF', 5], ['#0057B8', 2.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.arc(across(about[0]), down(about[1]), REACH + 5, 0, 2 * Math.PI);
      context.stroke();
    }
  };

  const blank = () => {
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    canvas.dataset.zoom = view.zoom.toFixed(3);
  };

  /** Draw everything anew. */
  const paint = () => {
    const begun = performance.now();
    clearTimeout(later);
    blank();
    sheet.parts.forEach(part);
    if (performance.now() - begun > SLOW_MS) {
      kept = { image: document.createElement('canvas'), scale: scale() * ratio, x: view.x, y: view.y };
      kept.image.width = canvas.width;
      kept.image.height = canvas.height;
      kept.image.getContext('2d').drawImage(canvas, 0, 0);
    } else kept = null;
    ring();
    measured();
    canvas.dataset.state = 'drawn';
  };

  /** Lay what was drawn last where it belongs now; what is sharp follows once the map stands still. */
  const shift = () => {
    blank();
    const s = (scale() * ratio) / kept.scale;
    const [x, y] = [across(kept.x) * ratio, down(kept.y) * ratio];
    context.setTransform(s, 0, 0, s, x - (s * kept.image.width) / 2, y - (s * kept.image.height) / 2);
    context.drawImage(kept.image, 0, 0);
    ring();
    measured();
    clearTimeout(later);
    later = setTimeout(paint, STILL_MS);
  };

  function draw(moved = false) {
    canvas.dataset.state = 'drawing';
    whole = whole || !moved;
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      const anew = whole || !kept;
      asked = whole = false;
      if (anew) paint();
      else shift();
    });
  }

  const bounded = (value, most) => Math.min(Math.max(value, 0), most);

  const move = (x, y) => {
    view.x = bounded(view.x + x / scale(), sheet.width);
    view.y = bounded(view.y + y / scale(), sheet.height);
    draw(true);
  };

  /** Enlarge about a place of the canvas, which stays where it is. */
  const zoom = (by, x = size.width / 2, y = size.height / 2) => {
    const before = scale();
    view.zoom = Math.min(Math.max(view.zoom * by, 1), MOST_ZOOM);
    const away = 1 / before - 1 / scale();
    view.x = bounded(view.x + (x - size.width / 2) * away, sheet.width);
    view.y = bounded(view.y + (y - size.height / 2) * away, sheet.height);
    if (view.zoom === 1) return home();
    return draw(true);
  };

  function home() {
    Object.assign(view, { zoom: 1, x: sheet.width / 2, y: sheet.height / 2 });
    draw(true);
  }

  /** Return the features at a place of the canvas, the topmost first. */
  const found = (x, y) => {
    const seen = new Map();
    const note = (layer, row) => seen.set(`${layer} ${row}`, [layer, row]);
    for (const of of sheet.parts.filter((one) => !still.has(one.layer)).reverse()) {
      const near = [];
      for (const item of of.items) {
        if (item.kind === 'marks') {
          const reach = Math.max(REACH, (item.size * grown()) / 2);
          item.rows.forEach((row, n) => {
            const away = Math.hypot(across(item.x[n] / 100) - x, down(item.y[n] / 100) - y);
            if (away <= reach) near.push([away, row]);
          });
        } else if (item.kind === 'strokes' && item.row >= 0 && hit(item, x * ratio, y * ratio)) near.push([REACH, item.row]);
      }
      near.sort((a, b) => a[0] - b[0]).forEach(([, row]) => note(of.layer, row));
    }
    return [...seen.values()];
  };

  const hit = (item, x, y) => {
    onGround();
    context.setLineDash([]);
    context.lineWidth = (2 * REACH) / scale();
    return context.isPointInStroke(item.path, x, y) || (Boolean(item.fill) && context.isPointInPath(item.path, x, y, 'evenodd'));
  };

  const el = (tag, text, ...children) => {
    const made = document.createElement(tag);
    if (text !== null) made.textContent = text;
    made.append(...children);
    return made;
  };

  const values = ([layer, row]) => sheet.details[layer] && sheet.details[layer].rows[row];

  const article = (feature) => {
    const [layer] = feature;
    const list = el('dl', null);
    values(feature).forEach((value, n) => {
      if (!value) return;
      const said = el('dd', value);
      said.dir = 'auto';
      list.append(el('dt', sheet.details[layer].labels[n]), said);
    });
    return el('article', null, el('h3', sheet.titles[layer] || layer), list);
  };

  const tell = (x, y) => {
    about = [(x - size.width / 2) / scale() + view.x, (y - size.height / 2) / scale() + view.y];
    const features = found(x, y);
    const shown = features.filter(values).slice(0, MOST_TOLD);
    const rest = new Map();
    for (const feature of features) {
      if (!shown.includes(feature)) rest.set(feature[0], (rest.get(feature[0]) || 0) + 1);
    }
    const lines = [...rest].map(([layer, count]) => el('p', `${sheet.titles[layer]}: ${count} more here. Zoom in, or see the record.`));
    if (!features.length) lines.push(el('p', 'Nothing lies here. Click a sign, a line or an area.'));
    told.replaceChildren(...shown.map(article), ...lines);
    told.parentElement.scrollTop = 0;
    draw(true);
  };

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const STEP = 80;
  const KEYS = {
    ArrowLeft: () => move(-STEP, 0),
    ArrowRight: () => move(STEP, 0),
    ArrowUp: () => move(0, -STEP),
    ArrowDown: () => move(0, STEP),
    '+': () => zoom(1.5),
    '=': () => zoom(1.5),
    '-': () => zoom(1 / 1.5),
    0: home,
    Home: home,
    Enter: () => tell(size.width / 2, size.height / 2),
    ' ': () => tell(size.width / 2, size.height / 2),
  };

  const fingers = new Map();
  let travelled = 0;

  const pointed = (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.get(event.pointerId);
    const others = [...fingers].filter(([id]) => id !== event.pointerId);
    const now = place(event);
    fingers.set(event.pointerId, now);
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (others.length) {
      const [, other] = others[0];
      const apart = (at) => Math.max(Math.hypot(at[0] - other[0], at[1] - other[1]), 1);
      zoom(apart(now) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else move(before[0] - now[0], before[1] - now[1]);
  };

  const released = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    canvas.classList.toggle('moving', fingers.size > 0);
    if (event.type === 'pointerup' && travelled < 5) tell(...place(event));
  };

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, place(event));
    canvas.classList.add('moving');
  });
  canvas.addEventListener('pointermove', pointed);
  canvas.addEventListener('pointerup', released);
  canvas.addEventListener('pointercancel', released);
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoom(1.0015 ** -event.deltaY, ...place(event));
  }, { passive: false });
  canvas.addEventListener('keydown', (event) => {
    const call = KEYS[event.key];
    if (!call || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    call();
  });

  for (const [id, call] of [['nearer', () => zoom(1.5)], ['farther', () => zoom(1 / 1.5)], ['whole', home]]) {
    document.getElementById(id).addEventListener('click', call);
  }
  for (const box of document.querySelectorAll('.legend input')) {
    const layer = box.dataset.layer;
    const change = () => {
      still[box.checked ? 'delete' : 'add'](layer);
      for (const row of document.querySelectorAll('.legend li')) row.classList.toggle('off', still.has(row.dataset.layer));
      draw();
    };
    box.addEventListener('change', change);
    if (!box.checked) change();
  }

  const measure = () => {
    size = { width: canvas.parentElement.clientWidth || 1, height: canvas.parentElement.clientHeight || 1 };
    ratio = window.devicePixelRatio || 1;
  };
  window.addEventListener('beforeprint', () => {
    size.height = (size.width * (sheet.height + 2 * ROOM)) / (sheet.width + 2 * ROOM);
    ratio = 4;
    paint();
  });
  window.addEventListener('afterprint', () => {
    measure();
    paint();
  });
  new ResizeObserver(() => {
    if (window.matchMedia('print').matches) return;
    measure();
    draw();
  }).observe(canvas.parentElement);

  sheet.parts.forEach((of) => of.items.forEach(prepare));
})();
