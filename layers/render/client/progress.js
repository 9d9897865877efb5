/** What the map's container says of itself: `loading`, `drawn` or `lost`, and of which version. */

/** Keeps count of what is still on its way to the screen. */
export class Progress {
  /** @param {HTMLElement} box the map's container */
  constructor(box) {
    this.box = box;
    this.pending = new Set();
    this.version = 0;
    this.lost = false;
    this.turn = 0;
    this.first = new Promise((done) => { this.done = done; });
    box.dataset.state = 'loading';
  }

  /** @param {string} key something is on its way */
  begin(key) {
    this.pending.add(key);
    this.settle();
  }

  /** @param {string} key it has been painted, or is no longer wanted */
  end(key) {
    this.pending.delete(key);
    this.settle();
  }

  /** @param {number} version of the record, the highest that any answer named */
  met(version) {
    if (version <= this.version) return;
    this.version = version;
    this.settle();
  }

  /** @param {boolean} lost the link is down */
  link(lost) {
    this.lost = lost;
    this.settle();
  }

  settle() {
    const turn = ++this.turn;
    if (this.lost || this.pending.size) {
      this.box.dataset.state = this.lost ? 'lost' : 'loading';
      return;
    }
    painted().then(() => {
      if (turn !== this.turn) return;
      this.box.dataset.version = String(this.version);
      this.box.dataset.state = 'drawn';
      this.done();
    });
  }
}

/**
 * Wait until what was drawn stands on the screen; in a hidden tab, where nothing is painted, a moment.
 * @returns {Promise<void>}
 */
export function painted() {
  return new Promise((done) => {
    const timer = setTimeout(done, 300);
    requestAnimationFrame(() => requestAnimationFrame(() => { clearTimeout(timer); done(); }));
  });
}
