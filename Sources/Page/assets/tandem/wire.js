// One WebSocket of the protocol: requests with their replies, events, and a watch on whether the other side is
// still there. The session (session.js) opens one for every join and gives it up with the first sign of trouble.

import { TandemError } from "./errors.js";

const REQUEST_TIMEOUT = 10_000;
const PING_EVERY = 10_000;
const PONG_WITHIN = 6_000;
/** After a sleep or a change of network the other side is there at once, or not at all. */
const SIGN_OF_LIFE = 2_500;

/** `https://host` → `wss://host/v1/ws`; a path of one's own is kept. */
export function socketAddress(url) {
  const address = new URL(url ?? globalThis.location.origin, globalThis.location?.href);
  address.protocol = address.protocol.replace(/^http/, "ws");
  if (address.pathname === "/") address.pathname = "/v1/ws";
  address.hash = "";
  return address.href;
}

/** One WebSocket: requests with their replies, events, and a watch on whether the other side is still there. */
export class Wire {
  #socket;
  #waiting = new Map();
  #serial = 0;
  #heard = 0;
  #pulse;
  #closed = false;
  /** Rejects `opened`. */ #fail;

  /**
   * @param {string} address
   * @param {{ event: (message: object) => void, closed: (code: number, reason: string) => void }} owner
   */
  constructor(address, owner) {
    this.owner = owner;
    this.#socket = new WebSocket(address, ["tandem.v1"]);
    this.opened = new Promise((resolve, reject) => {
      const late = setTimeout(() => this.drop(), REQUEST_TIMEOUT);
      this.#socket.onopen = () => {
        clearTimeout(late);
        this.#heard = performance.now();
        this.#pulse = setInterval(() => this.#beat(), PING_EVERY);
        resolve();
      };
      this.#fail = () => {
        clearTimeout(late);
        reject(new TandemError("unavailable"));
      };
    });
    this.opened.catch(() => {});
    this.#socket.onmessage = ({ data }) => this.#received(data);
    this.#socket.onclose = ({ code, reason }) => this.#ended(code, reason);
  }

  #received(data) {
    this.#heard = performance.now();
    const message = JSON.parse(data);
    const waiter = message.id === undefined ? undefined : this.#waiting.get(message.id);
    if (!waiter) {
      // An error without an id answers nothing that we sent; there is nothing to do about it here.
      if (message.type !== "error") this.owner.event(message);
      return;
    }
    this.#waiting.delete(message.id);
    clearTimeout(waiter.timer);
    if (message.type === "error") waiter.reject(new TandemError(message.code, message.message, message));
    else waiter.resolve(message);
  }

  /** @returns {Promise<object>} the reply */
  request(type, fields = {}, timeout = REQUEST_TIMEOUT) {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new TandemError("connection_lost"));
        return;
      }
      const id = ++this.#serial;
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new TandemError("timeout", `No answer to "${type}" within ${timeout / 1000} seconds.`));
      }, timeout);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ type, id, ...fields }));
    });
  }

  /** A socket can be dead without being closed (a laptop that slept, a changed network): ask, and hang up. */
  #beat() {
    if (performance.now() - this.#heard > PING_EVERY + PONG_WITHIN) this.drop();
    else this.request("ping", {}, PONG_WITHIN).catch(({ code }) => code === "timeout" && this.drop());
  }

  /** Asks for a sign of life, soon: something has happened that connections often do not survive. */
  check() {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.request("ping", {}, SIGN_OF_LIFE).catch(({ code }) => code === "timeout" && this.drop());
  }

  close() {
    this.#socket.close(1000);
  }

  /** Gives the connection up without waiting for the other side's close frame. */
  drop() {
    this.#ended(1006, "");
    this.#socket.close();
  }

  #ended(code, reason) {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#pulse);
    this.#socket.onmessage = null;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new TandemError("connection_lost"));
    }
    this.#waiting.clear();
    this.#fail();
    this.owner.closed(code, reason);
  }
}
