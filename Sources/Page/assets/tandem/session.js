// One's place in a room: taken by a join, kept over lost connections by the resume secret, given up at the end. What
// the place is used for (people, tracks, media) is decided by Room (room.js), which fills in what is left open here.

import { TandemError } from "./errors.js";
import { socketAddress, Wire } from "./wire.js";

const RETRY_FIRST = 250;
const RETRY_LONGEST = 8_000;
/** How long we try to come back. The server may give the place up sooner; then we join anew. */
const RETRY_FOR = 300_000;
/** Requests and candidates that wait for their turn; more are refused. */
export const HELD_REQUESTS = 64;
/** Close codes after which coming back is pointless, and what each means. */
const FINAL = { 1000: "closed", 1009: "payload_too_large", 4400: "invalid_message", 4401: "unauthorized",
  4403: "kicked", 4409: "replaced" };
/** Refusals of a join that another try may change. */
const RETRYABLE = new Set(["timeout", "connection_lost", "unavailable", "draining", "rate_limited", "internal"]);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a token says, unverified; `{}` for what is none. */
function claimsOf(token) {
  try {
    const text = atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
  } catch {
    return {};
  }
}

/**
 * To be filled in by a subclass: `prepare()` makes the media offer of a fresh join, `joined(reply)` takes a place,
 * `happened(message)` takes an event, `forget()` drops all that belongs to the place.
 */
export class Session extends EventTarget {
  /** @type {import("../tandem.js").RoomState} */ state = "connecting";
  /** Oneself. */ self;
  /** `{ id, name, topology, locked, recording, createdAt }` */ info;
  /** Why the room is closed, once it is. @type {TandemError | undefined} */ error;

  /** The last event that was seen. */ lastSeq = 0;
  /** How often connecting was tried: of several addresses the next one is taken. */ #attempts = 0;
  #token;
  #wire;
  #resume;
  #held = [];
  #wake = () => {};
  /** Why the connection is in doubt. */ #reason;

  constructor(options) {
    super();
    this.options = options;
    this.#token = options.token;
    options.signal?.addEventListener("abort", () => this.finish(new TandemError("aborted")));
  }

  /** The first join; called by `connect`. */
  async open() {
    try {
      await this.#enter();
    } catch (error) {
      this.finish(error);
      throw error;
    }
    globalThis.addEventListener?.("online", this.#moved);
    globalThis.navigator?.connection?.addEventListener?.("change", this.#moved);
    globalThis.document?.addEventListener("visibilitychange", this.#woke);
    globalThis.addEventListener?.("pageshow", this.#woke);
  }

  #moved = () => this.#doubt("network");
  #woke = () => globalThis.document?.hidden || this.#doubt("asleep");

  /** Something happened that a connection may not have survived: ask it, or stop waiting for the next attempt. */
  #doubt(reason) {
    this.#reason = reason;
    if (this.#wire) this.#wire.check();
    else this.#wake();
  }

  /** A join; with an expired token once more, if the page knows its way to a fresh one. */
  async #enter() {
    try {
      await this.#join();
      return;
    } catch (error) {
      if (error.code !== "token_expired" || !this.options.refreshToken) throw error;
    }
    this.#token = await this.options.refreshToken();
    this.emit("token", { token: this.#token });
    await this.#join();
  }

  /** Addresses may be several, or asked for each time: a drained server's room goes on at another. */
  async #address() {
    const { url } = this.options;
    const given = typeof url === "function" ? await url() : url;
    return socketAddress(Array.isArray(given) ? given[this.#attempts++ % given.length] : given);
  }

  /** Whether the token lets one send, as far as it can be read here. */
  get mayPublish() {
    const { role, publish } = claimsOf(this.#token).tandem ?? {};
    return publish ?? role !== "observer";
  }

  async #join() {
    if (this.state === "closed") throw this.error;
    const { room, name, attributes } = this.options;
    const wire = new Wire(await this.#address(), {
      event: (message) => this.#wire === wire && this.#event(message),
      closed: (code, reason) => this.#wire === wire && this.#lost(code, reason),
    });
    try {
      const fields = { token: this.#token, room, name, attributes };
      const fresh = this.#resume === undefined;
      if (fresh) this.lastSeq = 0;
      // The offer is made while the connection comes about, and travels with the join.
      const [offer] = await Promise.all([fresh ? this.prepare() : undefined, wire.opened]);
      const rest = fresh ? { offer } : { resume: this.#resume, lastSeq: this.lastSeq };
      // From here on events may come before this code sees the reply: they belong to this wire already.
      this.#wire = wire;
      const reply = await wire.request("join", { ...fields, ...rest });
      if (this.state === "closed") throw this.error;
      if (reply.type === "waiting") this.#wait(reply);
      else this.#joined(reply);
    } catch (error) {
      if (this.#wire === wire) this.#wire = undefined;
      wire.drop();
      throw error;
    }
  }

  #wait(reply) {
    this.self = reply.self ?? reply.participant ?? this.self;
    this.info = reply.room ?? this.info;
    this.#resume = reply.resume ?? this.#resume;
    this.#setState("waiting");
  }

  /** The answer to a join, or to a wait: what is true now, and after a resume what happened meanwhile. */
  #joined(reply) {
    this.#resume = reply.resume ?? this.#resume;
    this.joined(reply, () => this.#setState("connected"));
    for (const go of this.#held.splice(0)) go();
  }

  #event(message) {
    if (Number.isInteger(message.seq)) {
      if (message.seq <= this.lastSeq) return;
      this.lastSeq = message.seq;
    }
    switch (message.type) {
      case "admitted":
        if (this.state === "waiting") this.#joined(message);
        break;
      case "denied":
        if (this.state !== "waiting") break;
        this.emit(message.type, message);
        this.finish(new TandemError("denied"));
        return;
      case "room.closed":
        this.emit(message.type, message);
        this.finish(new TandemError("room_closed"));
        return;
      case "token":
        this.#token = message.token;
        break;
    }
    this.happened(message);
  }

  /** An event of the time when we were away, as part of the answer to a resume. */
  missed(message) {
    this.#event(message);
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #setState(state, error) {
    if (this.state === state) return;
    this.state = state;
    this.emit("state", { state, error, ...(state === "reconnecting" ? { reason: this.#reason ?? "lost" } : {}) });
    this.#reason = undefined;
  }

  #lost(code, reason) {
    this.#wire = undefined;
    if (this.state === "closed" || this.state === "connecting") return;
    const denied = code === 4403 && this.state === "waiting";
    const why = denied ? "denied" : FINAL[code];
    if (why) this.finish(new TandemError(why, reason));
    else this.#return();
  }

  async #return() {
    if (this.state === "reconnecting") return;
    this.#setState("reconnecting");
    const givenUpAt = performance.now() + RETRY_FOR;
    for (let wait = RETRY_FIRST; this.state === "reconnecting"; wait = Math.min(wait * 2, RETRY_LONGEST)) {
      // Jitter, so that a restarted server is not met by everybody at once.
      const woken = new Promise((resolve) => (this.#wake = resolve));
      await Promise.race([sleep(wait / 2 + Math.random() * wait), woken]);
      if (this.state !== "reconnecting") return;
      try {
        await this.#enter();
        return;
      } catch (error) {
        if (error.code === "resume_expired") this.#resume = undefined;
        else if (!RETRYABLE.has(error.code) || performance.now() > givenUpAt) this.finish(error);
      }
    }
  }

  /** Ends it all, for the reason given. */
  finish(error) {
    if (this.state === "closed") return;
    this.error = error;
    globalThis.removeEventListener?.("online", this.#moved);
    globalThis.navigator?.connection?.removeEventListener?.("change", this.#moved);
    globalThis.document?.removeEventListener("visibilitychange", this.#woke);
    globalThis.removeEventListener?.("pageshow", this.#woke);
    this.#setState("closed", error);
    this.#wake();
    for (const go of this.#held.splice(0)) go();
    this.forget();
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.close();
  }

  /**
   * Any request of the protocol. While the connection is being restored it waits for it.
   * @returns {Promise<object>} the reply
   */
  async request(type, fields = {}) {
    if (this.state === "reconnecting") {
      if (this.#held.length >= HELD_REQUESTS) throw new TandemError("connection_lost", "too much waits already");
      await new Promise((resolve) => this.#held.push(resolve));
    }
    if (this.state === "closed" || !this.#wire) throw new TandemError("closed");
    return this.#wire.request(type, fields);
  }

  /** Drops the connection as a bad network would; the room comes back by itself. For tests and for "try again". */
  reconnect() {
    if (this.#wire) this.#wire.drop();
    else this.#wake();
  }

  /** Leaves for good. */
  async leave() {
    if (this.state === "connected" || this.state === "waiting") await this.request("leave").catch(() => {});
    this.finish(new TandemError("left"));
  }
}
