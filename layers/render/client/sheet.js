/** A canvas over the whole map that pans and zooms with it, and is painted anew when the map rests. */

const { L } = window;
const PAD = 0.2;

/**
 * @typedef {Object} Frame what a painter needs to know
 * @property {number} zoom
 * @property {number} world pixels round the earth
 * @property {number} left of the canvas, in world pixels
 * @property {number} top
 * @property {number} width of the canvas, in CSS pixels
 * @property {number} height
 * @property {number[]} copies shifts in pixels of the worlds in sight
 */

export const Sheet = L.Layer.extend({
  /**
   * @param {string} pane the map's pane it lives in
   * @param {function(CanvasRenderingContext2D, Frame): void} paint
   */
  initialize(pane, paint) {
    this._where = pane;
    this._paint = paint;
  },

  onAdd(map) {
    this.canvas = L.DomUtil.create('canvas', 'leaflet-zoom-animated gl-sheet', map.getPane(this._where));
    this.redraw();
    return this;
  },

  onRemove() {
    this.canvas.remove();
    return this;
  },

  getEvents() {
    return {
      viewreset: this.redraw, moveend: this.redraw, resize: this.redraw,
      move: this._moved, zoom: this._zoomed, zoomanim: this._animated,
    };
  },

  /** Paint once the browser is ready to, however often this is asked. */
  refresh() {
    this._asked ??= requestAnimationFrame(() => this._map && this.redraw());
  },

  /** Paint now. */
  redraw() {
    cancelAnimationFrame(this._asked);
    this._asked = undefined;
    const map = this._map;
    const size = map.getSize();
    if (!size.x || !size.y) return;
    const pad = size.multiplyBy(PAD).round();
    const whole = size.add(pad.multiplyBy(2));
    this._centre = map.getCenter();
    this._zoom = map.getZoom();
    this._pad = pad;
    this._topLeft = map.containerPointToLayerPoint(pad.multiplyBy(-1));
    L.DomUtil.setTransform(this.canvas, this._topLeft, 1);
    const ctx = this._fitted(whole);
    const origin = map.getPixelBounds().min.subtract(pad);
    const world = 256 * 2 ** this._zoom;
    const copies = [];
    for (let k = Math.floor(origin.x / world); k <= Math.floor((origin.x + whole.x) / world); k++) copies.push(k * world);
    this._paint(ctx, { zoom: this._zoom, world, left: origin.x, top: origin.y, width: whole.x, height: whole.y, pad, copies });
  },

  _fitted(whole) {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [Math.round(whole.x * ratio), Math.round(whole.y * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      Object.assign(this.canvas.style, { width: `${whole.x}px`, height: `${whole.y}px` });
    }
    const ctx = this.canvas.getContext('2d');
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, whole.x, whole.y);
    return ctx;
  },

  _moved() {
    if (!this._topLeft || this._map.getZoom() !== this._zoom) return;
    const now = this._map.containerPointToLayerPoint([0, 0]).subtract(this._topLeft);
    if (now.x < 0 || now.y < 0 || now.x > 2 * this._pad.x || now.y > 2 * this._pad.y) this.redraw();
  },

  _zoomed() {
    this._follow(this._map.getCenter(), this._map.getZoom());
  },

  _animated(event) {
    this._follow(event.center, event.zoom);
  },

  _follow(centre, zoom) {
    if (!this._topLeft) return;
    const map = this._map;
    const scale = map.getZoomScale(zoom, this._zoom);
    const half = map.getSize().divideBy(2);
    const pane = L.DomUtil.getPosition(map.getPanes().mapPane) || L.point(0, 0);
    const shift = map.project(this._centre, zoom).subtract(map.project(centre, zoom));
    const topLeft = half.add(this._pad).multiplyBy(-scale).add(shift).add(half).subtract(pane);
    L.DomUtil.setTransform(this.canvas, topLeft, scale);
  },
});
