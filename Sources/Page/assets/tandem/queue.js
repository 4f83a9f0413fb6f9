// A place in the queue: taken with a profile, kept over lost connections, given up with a match or on wish. Offers and
// answers are events and requests; the room of a match is joined with `connect` and the token that comes with it.

import { TandemError } from "./errors.js";
import { socketAddress, Wire } from "./wire.js";

const RETRY_FIRST = 250;
const RETRY_LONGEST = 8_000;
/** Close codes after which coming back is pointless. */
const FINAL = { 1000: "left", 4400: "invalid_message", 4401: "unauthorized", 4403: "forbidden", 4409: "replaced" };
/** Refusals that another try may change. */
const RETRYABLE = new Set(["timeout", "connection_lost", "unavailable", "draining", "rate_limited", "internal"]);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Events are `CustomEvent`s: `update` (`position`, `estimatedSeconds` …), `found` (`match`, `people`, `reasons`,
 * `expiresAt`), `cancelled` (`match`, `reason`), `confirmed` (`match`, `room`, `token`), `state` (`state`, `error?`).
 */
export class Queue extends EventTarget {
  /** @type {"connecting"|"waiting"|"reconnecting"|"closed"} */ state = "connecting";
  /** @type {string | undefined} */ ticket;
  /** The last update. @type {object | undefined} */ update;
  /** The match that one is asked about. @type {object | undefined} */ match;
  /** Why the place is gone. @type {TandemError | undefined} */ error;
  #wire;

  constructor(options) {
    super();
    this.options = options;
    options.signal?.addEventListener("abort", () => this.#finish(new TandemError("aborted")));
  }

  async open() {
    try {
      await this.#enter();
    } catch (error) {
      this.#finish(error);
      throw error;
    }
  }

  async #enter() {
    const { url, token, profile } = this.options;
    const address = socketAddress(typeof url === "function" ? await url() : url);
    const wire = new Wire(address, {
      event: (message) => this.#wire === wire && this.#event(message),
      closed: (code) => this.#wire === wire && this.#lost(code),
    });
    this.#wire = wire;
    await wire.opened;
    const { ticket } = await wire.request("queue.enter", { token, profile });
    this.ticket = ticket;
    this.#become("waiting");
  }

  #event({ type, ...detail }) {
    const name = type.replace(/^(queue|match)\./, "");
    if (type === "queue.update") {
      this.update = detail;
      // An expired ticket: the connection stays, and may enter again.
      if (detail.state && detail.state !== "waiting") return this.#finish(new TandemError("wait_over", detail.state));
    }
    if (type === "match.found") this.match = detail;
    if (type === "match.cancelled" && this.match?.match === detail.match) this.match = undefined;
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  async #lost(code) {
    if (this.state === "closed") return;
    this.#wire = undefined;
    if (code in FINAL) return this.#finish(new TandemError(FINAL[code]));
    if (this.state === "connecting") return;
    this.#become("reconnecting");
    for (let pause = RETRY_FIRST; this.state === "reconnecting"; pause = Math.min(2 * pause, RETRY_LONGEST)) {
      await sleep(pause * (0.5 + Math.random() / 2));
      if (this.state !== "reconnecting") return;
      try {
        await this.#enter();
      } catch (error) {
        if (!RETRYABLE.has(error.code)) return this.#finish(error);
      }
    }
  }

  #become(state, error) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, error } }));
  }

  #finish(error) {
    if (this.state === "closed") return;
    this.error = error;
    this.#become("closed", error);
    this.#wire?.close();
    this.#wire = undefined;
  }

  #request(type, fields) {
    if (!this.#wire) return Promise.reject(this.error ?? new TandemError("connection_lost"));
    return this.#wire.request(type, fields);
  }

  async accept(match = this.match?.match) { await this.#request("match.accept", { match }); }
  async decline(match = this.match?.match) { await this.#request("match.decline", { match }); }

  async leave() {
    await this.#request("queue.leave").catch(() => {});
    this.#finish(new TandemError("left"));
  }
}
