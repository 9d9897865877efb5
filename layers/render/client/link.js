/** The one WebSocket of this tab: events down, viewport and questions up. */

import { address } from './load.js';

const SILENT = 12000;
const CLOSED = 1200;
/** The server does not know the token: it is a new one, and the page must be asked for another. */
const UNKNOWN = 4403;

/** Keeps the link, says when it is lost, and gets it back by itself. */
export class Link {
  /**
   * @param {Object} session
   * @param {function(): Object[]} greeting what is said on opening
   */
  constructor(session, greeting) {
    Object.assign(this, { session, greeting, token: null, socket: null, lost: false, joined: 0 });
    this.heard = performance.now();
    this.timer = setInterval(() => this._watch(), 400);
    addEventListener('pagehide', () => this.leave());
  }

  /** Join the room of a token; the same token again changes nothing. */
  join(token) {
    if (!token || token === this.token) return;
    this.token = token;
    this._open();
  }

  /** Leave for good. */
  leave() {
    clearInterval(this.timer);
    this.token = null;
    this.socket?.close();
  }

  /** Say something, if someone listens. */
  say(what) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(what));
  }

  _open() {
    const old = this.socket;
    const url = address(`live/${encodeURIComponent(this.token)}`);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = this.socket = new WebSocket(url);
    old?.close();
    socket.onopen = () => this.greeting().forEach((part) => this.say(part));
    socket.onmessage = (event) => socket === this.socket && this._hear(JSON.parse(event.data));
    socket.onclose = ({ code }) => {
      if (socket !== this.socket || !this.token) return;
      if (code === UNKNOWN) this.session.again();
      this.closed ??= performance.now();
      setTimeout(() => socket === this.socket && this.token && this._open(), this.lost ? 1000 : 300);
    };
  }

  _hear(message) {
    const { session } = this;
    const again = this.lost;
    this.heard = performance.now();
    this.closed = null;
    this.lost = false;
    if (message.now) session.tick(message.now, message.clock || session.clock.state);
    if (again) session.emit('link', { lost: false });
    if (message.t === 'hello') session.emit('hello', { ...message, again: this.joined++ > 0 });
    else session.emit(message.t, message);
  }

  _watch() {
    const now = performance.now();
    const down = (this.closed && now - this.closed > CLOSED) || (this.token && now - this.heard > SILENT);
    if (!down || this.lost) return;
    const shown = this.session.now() - (this.session.clock.stands ? 0 : now - this.heard);
    this.lost = true;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.close();
    this.session.emit('link', { lost: true, at: this.session.now(), shown });
    this.session.stop();
  }
}
