/**
 * Tandem for the browser: join a room, talk, see each other. One file, no dependency, no global state.
 *
 *     import { connect } from "/tandem.js";
 *     const room = await connect({ url: location.origin, token });
 *     room.addEventListener("media", ({ detail }) => { video.srcObject = detail.participant.stream; });
 *     await room.publish("camera", track);
 *
 * A `Room` speaks in `CustomEvent`s; what happened is in `detail`. Those of the server keep their names
 * (`participant.joined`, `participant.updated`, `participant.left`, `chat`, `hand`, `consent`, `room.updated`,
 * `waiting`, `admitted`, `denied`, `draining` …). Its own are:
 *
 * - `state`  `{ state, error? }`: see `RoomState`
 * - `media`  `{ participant, track? }`: a track has come, or a camera or microphone went on or off
 * - `path`   `{ participant, state }`: how the media connection is: `connecting`, `connected`, `broken`
 *
 * @typedef {"connecting"|"waiting"|"connected"|"reconnecting"|"closed"} RoomState
 * @typedef {"microphone"|"camera"} Source
 * @typedef {{ id: string, mid?: string, kind: string, source: string, muted: boolean }} Track
 * @typedef {object} Participant
 * @property {string} id
 * @property {string} identity
 * @property {string} name
 * @property {"mentor"|"student"|"observer"} role
 * @property {object} attributes
 * @property {"active"|"reconnecting"|"waiting"} state
 * @property {boolean} handRaised
 * @property {Track[]} tracks
 * @property {MediaStream} [stream]  what comes from this participant; always the same object
 * @property {{ microphone: boolean, camera: boolean }} [sending]  as far as this participant says
 */

const REQUEST_TIMEOUT = 10_000;
const PING_EVERY = 10_000;
const PONG_WITHIN = 6_000;
const RETRY_FIRST = 250;
const RETRY_LONGEST = 8_000;
/** How long we try to come back. The server may give the place up sooner; then we join anew. */
const RETRY_FOR = 300_000;
const HELD_REQUESTS = 64;
/** How long a media path may be silent before ICE is restarted without waiting for the browser's verdict. */
const PATH_SILENCE = 4_000;
/** Close codes after which coming back is pointless, and what each means. */
const FINAL = { 1000: "closed", 1009: "payload_too_large", 4400: "invalid_message", 4401: "unauthorized",
  4403: "kicked", 4409: "replaced" };
/** Refusals of a join that another try does not change. */
const RETRYABLE = new Set(["timeout", "connection_lost", "unavailable", "draining", "rate_limited", "internal"]);

/** What went wrong, with a `code` to branch on: the server's, or `timeout`, `connection_lost`, `closed`, `aborted`. */
export class TandemError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = "TandemError";
    this.code = code;
  }
}

/**
 * Joins a room. Resolves once the server has answered: `room.state` is `connected`, or `waiting` in a room whose
 * lobby holds one back (then the event `state` tells). Rejects with a `TandemError` if the server refuses.
 *
 * @param {object} options
 * @param {string | URL} [options.url]  the server, as http(s) or ws(s); the page's own if left out
 * @param {string} options.token
 * @param {string} [options.room]  needed if the token is good for any room
 * @param {string} [options.name]
 * @param {object} [options.attributes]
 * @param {AbortSignal} [options.signal]
 * @param {(urls: RTCConfiguration) => RTCConfiguration} [options.configure]  last word on the media connection
 * @returns {Promise<Room>}
 */
export async function connect(options) {
  const room = new Room(options);
  await room.open();
  return room;
}

/** `https://host` → `wss://host/v1/ws`; a path of one's own is kept. */
function socketAddress(url) {
  const address = new URL(url ?? globalThis.location.origin, globalThis.location?.href);
  address.protocol = address.protocol.replace(/^http/, "ws");
  if (address.pathname === "/") address.pathname = "/v1/ws";
  address.hash = "";
  return address.href;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One WebSocket: requests with their replies, events, and a watch on whether the other side is still there. */
class Wire {
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
        reject(new TandemError("unavailable", "The server could not be reached."));
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
    if (message.type === "error") waiter.reject(new TandemError(message.code, message.message));
    else waiter.resolve(message);
  }

  /** @returns {Promise<object>} the reply */
  request(type, fields = {}, timeout = REQUEST_TIMEOUT) {
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) {
        reject(new TandemError("connection_lost", "The connection is down."));
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
      reject(new TandemError("connection_lost", "The connection was lost before the answer came."));
    }
    this.#waiting.clear();
    this.#fail();
    this.owner.closed(code, reason);
  }
}

/** A room as one participant sees it. Made by `connect`. */
export class Room extends EventTarget {
  /** @type {RoomState} */ state = "connecting";
  /** Oneself. @type {Participant | undefined} */ self;
  /** `{ id, name, topology, locked, recording, createdAt }` */ info;
  /** The others, by id. @type {Map<string, Participant>} */ participants = new Map();
  /** Who waits in the lobby, by id; moderators see it. @type {Map<string, Participant>} */ waiting = new Map();
  /** Why the room is closed, once it is. @type {TandemError | undefined} */ error;

  #options;
  #address;
  #token;
  #wire;
  #resume;
  #lastSeq = 0;
  #held = [];
  #media;
  /** @type {Map<Source, MediaStreamTrack>} */ #tracks = new Map();
  #wake = () => {};

  constructor(options) {
    super();
    this.#options = options;
    this.#address = socketAddress(options.url);
    this.#token = options.token;
    options.signal?.addEventListener("abort", () => this.#end(new TandemError("aborted", "Joining was given up.")));
  }

  /** The first join; called by `connect`. */
  async open() {
    try {
      await this.#join();
    } catch (error) {
      this.#end(error);
      throw error;
    }
    globalThis.addEventListener?.("online", this.#online);
  }

  #online = () => this.#wake();

  async #join() {
    if (this.state === "closed") throw this.error;
    const { room, name, attributes } = this.#options;
    const wire = new Wire(this.#address, {
      event: (message) => this.#wire === wire && this.#event(message),
      closed: (code, reason) => this.#wire === wire && this.#lost(code, reason),
    });
    try {
      await wire.opened;
      const fields = { token: this.#token, room, name, attributes };
      if (this.#resume === undefined) this.#lastSeq = 0;
      const back = this.#resume === undefined ? {} : { resume: this.#resume, lastSeq: this.#lastSeq };
      // From here on events may come before this code sees the reply: they belong to this wire already.
      this.#wire = wire;
      const reply = await wire.request("join", { ...fields, ...back });
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
    const returning = this.#media !== undefined && this.self?.id === reply.self.id;
    if (!returning) this.#forget();
    this.self = reply.self;
    this.info = reply.room;
    this.#resume = reply.resume ?? this.#resume;
    this.#media ??= new PeerMedia(this, reply.iceServers ?? [], this.#tracks, this.#options.configure);
    for (const event of reply.missed ?? []) this.#event(event);
    if (reply.waiting) this.waiting = new Map(reply.waiting.map((one) => [one.id, one]));
    this.#reconcile(reply.participants);
    if (Number.isInteger(reply.lastSeq)) this.#lastSeq = Math.max(this.#lastSeq, reply.lastSeq);
    this.#setState("connected");
    if (returning) this.#media.resumed();
    for (const participant of this.participants.values()) this.#media.meet(participant, !returning);
    for (const go of this.#held.splice(0)) go();
  }

  /** The server's list decides, whatever was missed. */
  #reconcile(list) {
    const present = new Set(list.map(({ id }) => id));
    for (const id of [...this.participants.keys()]) {
      if (!present.has(id)) this.#left({ type: "participant.left", participant: id, reason: "timeout" });
    }
    for (const view of list) {
      const known = this.participants.get(view.id);
      if (known) Object.assign(known, view);
      else this.#arrived({ type: "participant.joined", participant: view });
    }
  }

  #forget() {
    this.#media?.close();
    this.#media = undefined;
    this.participants.clear();
    this.waiting.clear();
  }

  #event(message) {
    if (Number.isInteger(message.seq)) {
      if (message.seq <= this.#lastSeq) return;
      this.#lastSeq = message.seq;
    }
    const known = this.participants.get(message.participant);
    switch (message.type) {
      case "participant.joined":
        this.#arrived(message);
        this.#media?.meet(this.participants.get(message.participant.id), false);
        return;
      case "participant.updated": {
        const view = message.participant;
        const target = view.id === this.self?.id ? this.self : this.participants.get(view.id);
        if (target) Object.assign(target, view);
        break;
      }
      case "participant.left":
        this.#left(message);
        return;
      case "hand":
        if (known) known.handRaised = message.raised;
        else if (message.participant === this.self?.id) this.self.handRaised = message.raised;
        break;
      case "track.added":
      case "track.updated":
      case "track.removed":
        this.#trackChanged(message);
        break;
      case "offer":
      case "answer":
      case "candidate":
        this.#media?.signal(message);
        return;
      case "waiting":
        // To oneself it only repeats the reply; to a moderator it says who knocks.
        if (message.participant.id !== this.self?.id) this.waiting.set(message.participant.id, message.participant);
        break;
      case "room.updated":
        this.info = message.room;
        break;
      case "room.closed":
        this.#emit(message.type, message);
        this.#end(new TandemError("room_closed", "The call has ended."));
        return;
      case "admitted":
        if (this.state === "waiting") this.#joined(message);
        break;
      case "denied":
        if (this.state !== "waiting") break;
        this.#emit(message.type, message);
        this.#end(new TandemError("denied", "You were not let in."));
        return;
      case "token":
        this.#token = message.token;
        break;
    }
    this.#emit(message.type, message);
  }

  #arrived(message) {
    const view = message.participant;
    const participant = this.participants.get(view.id) ?? {};
    Object.assign(participant, view);
    participant.stream ??= new MediaStream();
    participant.sending ??= { microphone: false, camera: false };
    this.participants.set(view.id, participant);
    this.waiting.delete(view.id);
    this.#emit("participant.joined", { ...message, participant });
  }

  #left(message) {
    if (message.participant === this.self?.id) {
      this.#emit("participant.left", message);
      this.#end(new TandemError(message.reason, "You were taken out of the call."));
      return;
    }
    this.waiting.delete(message.participant);
    const participant = this.participants.get(message.participant);
    this.participants.delete(message.participant);
    this.#media?.part(message.participant);
    this.#emit("participant.left", { ...message, name: participant?.name });
  }

  #trackChanged({ type, participant, track }) {
    const owner = participant === this.self?.id ? this.self : this.participants.get(participant);
    if (!owner) return;
    const id = track.id ?? track;
    owner.tracks = (owner.tracks ?? []).filter((other) => other.id !== id);
    if (type !== "track.removed") owner.tracks.push(track);
    // A mentor's mute reaches us as an update of our own track. Only we can unmute ourselves.
    if (owner === this.self && track.muted && this.#tracks.get(track.source)?.enabled) this.enable(track.source, false);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** For the media side, which is no business of a user. */
  announce(type, detail) {
    this.#emit(type, detail);
  }

  #setState(state, error) {
    if (this.state === state) return;
    this.state = state;
    this.#emit("state", { state, error });
  }

  #lost(code, reason) {
    this.#wire = undefined;
    if (this.state === "closed" || this.state === "connecting") return;
    const denied = code === 4403 && this.state === "waiting";
    const why = denied ? "denied" : FINAL[code];
    if (why) this.#end(new TandemError(why, reason || "The server closed the connection."));
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
        await this.#join();
        return;
      } catch (error) {
        if (error.code === "resume_expired") this.#resume = undefined;
        else if (!RETRYABLE.has(error.code) || performance.now() > givenUpAt) this.#end(error);
      }
    }
  }

  #end(error) {
    if (this.state === "closed") return;
    this.error = error;
    globalThis.removeEventListener?.("online", this.#online);
    this.#setState("closed", error);
    this.#wake();
    for (const go of this.#held.splice(0)) go();
    this.#forget();
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
      if (this.#held.length >= HELD_REQUESTS) throw new TandemError("connection_lost", "Too much waits already.");
      await new Promise((resolve) => this.#held.push(resolve));
    }
    if (this.state === "closed" || !this.#wire) throw new TandemError("closed", "The call has ended.");
    return this.#wire.request(type, fields);
  }

  /** Says something to all, or to one. The event `chat` comes for one's own words too, once they are on their way. */
  async chat(text, to) {
    await this.request("chat", { text, to });
    this.#emit("chat", { type: "chat", from: this.self.id, text, to, at: new Date().toISOString() });
  }

  /** Raises or lowers one's hand. */
  async hand(raised) {
    await this.request("hand", { raised });
    this.self.handRaised = raised;
    this.#emit("hand", { type: "hand", participant: this.self.id, raised });
  }

  /** Agrees to being recorded, or withdraws that. */
  consent(recording) {
    return this.request("consent", { recording });
  }

  lock() { return this.request("moderate", { action: "lock" }); }
  unlock() { return this.request("moderate", { action: "unlock" }); }
  admit(participant) { return this.#decide("admit", participant); }
  deny(participant) { return this.#decide("deny", participant); }
  kick(participant) { return this.request("moderate", { action: "kick", participant }); }
  end() { return this.request("moderate", { action: "end" }); }

  /** Mutes somebody else's track. */
  muteOther(participant, track) {
    return this.request("moderate", { action: "mute", participant, track });
  }

  async #decide(action, participant) {
    await this.request("moderate", { action, participant });
    if (this.waiting.delete(participant)) this.#emit("waiting", {});
  }

  /**
   * Sends a track, in place of what this source sent before; `null` stops it. The track stays the caller's: nothing
   * here stops a camera.
   * @param {Source} source @param {MediaStreamTrack | null} track
   */
  async publish(source, track) {
    if (track) this.#tracks.set(source, track);
    else this.#tracks.delete(source);
    await this.#media?.changed();
    this.#tell(source, !track?.enabled);
  }

  /** Mutes or unmutes what one sends: at once and locally, so that it holds whatever the network does. */
  enable(source, enabled) {
    const track = this.#tracks.get(source);
    if (!track) return;
    track.enabled = enabled;
    this.#media?.changed();
    this.#tell(source, !enabled);
    this.#emit("media", { participant: this.self });
  }

  /** The server knows tracks that were offered to it; the others hear of a change through it. */
  #tell(source, muted) {
    const known = this.self?.tracks?.find((track) => track.source === source);
    if (!known || known.muted === muted || this.state !== "connected") return;
    known.muted = muted;
    this.request("mute", { track: known.id, muted }).catch(() => {});
  }

  /** What is sent now. */
  get sending() {
    const on = (source) => this.#tracks.get(source)?.enabled ?? false;
    return { microphone: on("microphone"), camera: on("camera") };
  }

  /** The statistics of every media connection. @returns {Promise<object[]>} */
  async stats() {
    return this.#media ? this.#media.stats() : [];
  }

  /** Drops the connection as a bad network would; the room comes back by itself. For tests and for "try again". */
  reconnect() {
    if (this.#wire) this.#wire.drop();
    else this.#wake();
  }

  /** Leaves for good. */
  async leave() {
    if (this.state === "connected" || this.state === "waiting") await this.request("leave").catch(() => {});
    this.#end(new TandemError("left", "You left the call."));
  }
}

/** Media from peer to peer: one direct connection to each of the others, negotiated through the relay. */
class PeerMedia {
  /** @type {Map<string, Peer>} */ #peers = new Map();

  constructor(room, iceServers, tracks, configure = (it) => it) {
    this.room = room;
    this.tracks = tracks;
    this.configuration = configure({ iceServers, bundlePolicy: "max-bundle" });
  }

  /** Who comes later offers, so that two never do so at once. */
  meet(participant, offers) {
    if (this.room.info.topology !== "p2p" || participant.role === "observer") return;
    if (this.room.self.role === "observer" || this.#peers.has(participant.id)) return;
    const peer = new Peer(this, participant);
    this.#peers.set(participant.id, peer);
    if (offers) peer.offer();
  }

  part(id) {
    this.#peers.get(id)?.close();
    this.#peers.delete(id);
  }

  signal(message) {
    this.#peers.get(message.from)?.received(message);
  }

  async changed() {
    await Promise.all([...this.#peers.values()].map((peer) => peer.refresh()));
  }

  resumed() {
    for (const peer of this.#peers.values()) peer.repeat();
  }

  async stats() {
    const reports = await Promise.all([...this.#peers.values()].map((peer) => peer.connection.getStats()));
    return reports.flatMap((report) => [...report.values()]);
  }

  close() {
    for (const id of [...this.#peers.keys()]) this.part(id);
  }
}

const SOURCES = { audio: "microphone", video: "camera" };

/** One direct connection, by the W3C's "perfect negotiation": either side may offer, and a clash resolves itself. */
class Peer {
  #offering = false;
  #ignoring = false;
  #closed = false;
  #work = Promise.resolve();
  #early = [];
  #timer;

  constructor(media, participant) {
    this.media = media;
    this.room = media.room;
    this.participant = participant;
    this.polite = media.room.self.id < participant.id;
    const connection = (this.connection = new RTCPeerConnection(media.configuration));
    connection.onnegotiationneeded = () => this.#enqueue(() => this.#sendOffer());
    connection.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) this.#send("candidate", { candidate: candidate.candidate, mid: candidate.sdpMid });
    };
    connection.ontrack = ({ track, transceiver }) => this.#arrived(track, transceiver);
    connection.onconnectionstatechange = () => this.#pathChanged();
  }

  /** One line of each kind from the start, so that whatever is switched on later has its place. */
  offer() {
    for (const kind of Object.keys(SOURCES)) this.connection.addTransceiver(kind, { direction: "recvonly" });
    this.refresh();
  }

  /**
   * Puts what is to be sent on its m-lines. What is off or muted is taken out of the line's direction, which is how
   * the other side learns of it; the change of direction makes the browser ask for a negotiation.
   */
  async refresh() {
    const done = this.#transceivers().map((line) => {
      const track = this.media.tracks.get(SOURCES[line.receiver.track.kind]) ?? null;
      const direction = track?.enabled ? "sendrecv" : "recvonly";
      if (line.direction !== direction) line.direction = direction;
      return line.sender.track === track ? undefined : line.sender.replaceTrack(track);
    });
    await Promise.all(done).catch((error) => this.#closed || Promise.reject(error));
  }

  /** The first m-line of each kind. */
  #transceivers() {
    const live = this.connection.getTransceivers().filter((one) => one.direction !== "stopped");
    return Object.keys(SOURCES).flatMap((kind) => live.find((one) => one.receiver.track.kind === kind) ?? []);
  }

  #enqueue(step) {
    this.#work = this.#work.then(() => (this.#closed ? undefined : step())).catch((error) => {
      if (!this.#closed) this.room.announce("path", { participant: this.participant, state: "broken", error });
    });
    return this.#work;
  }

  async #sendOffer() {
    const { connection } = this;
    if (connection.signalingState !== "stable") return;
    this.#offering = true;
    try {
      await connection.setLocalDescription();
      this.repeat();
    } finally {
      this.#offering = false;
    }
  }

  /** An unanswered offer once more: after a lost connection nobody knows whether it arrived. */
  repeat() {
    const { connection } = this;
    if (connection.signalingState !== "have-local-offer") return;
    const tracks = connection.getTransceivers().filter(({ mid, direction }) => mid !== null && direction === "sendrecv")
      .map(({ mid, receiver }) => ({ mid, source: SOURCES[receiver.track.kind] }));
    this.#send("offer", { sdp: connection.localDescription.sdp, tracks });
  }

  received(message) {
    if (message.type === "candidate") this.#enqueue(() => this.#candidate(message));
    else this.#enqueue(() => this.#description(message));
  }

  async #description({ type, sdp }) {
    const { connection } = this;
    if (type === "answer") {
      if (connection.signalingState !== "have-local-offer") return;
      await connection.setRemoteDescription({ type, sdp });
    } else {
      const clash = this.#offering || connection.signalingState !== "stable";
      this.#ignoring = clash && !this.polite;
      if (this.#ignoring) return;
      await connection.setRemoteDescription({ type, sdp });
      // Lines of an offer that just lost a clash: the other side's own lines take their place.
      for (const one of connection.getTransceivers()) if (one.mid === null && one.direction !== "stopped") one.stop();
      await this.refresh();
      await connection.setLocalDescription();
      this.#send("answer", { sdp: connection.localDescription.sdp });
    }
    this.#hear();
    for (const candidate of this.#early.splice(0)) await this.#candidate(candidate);
  }

  async #candidate(message) {
    const { connection } = this;
    if (!connection.remoteDescription) {
      if (this.#early.length < HELD_REQUESTS) this.#early.push(message);
      return;
    }
    try {
      await connection.addIceCandidate({ candidate: message.candidate, sdpMid: message.mid });
    } catch (error) {
      // Candidates of an offer that was ignored, or of the time before an ICE restart, fit nowhere.
      if (!this.#ignoring && error.name !== "OperationError") throw error;
    }
  }

  /** Relays one message; what a lost connection swallowed is sent again once it is back. */
  #send(type, fields) {
    this.room.request(type, { ...fields, to: this.participant.id }).catch((error) => {
      if (error.code === "connection_lost" && !this.#closed) this.#send(type, fields);
    });
  }

  #arrived(track, transceiver) {
    const { participant } = this;
    if (!this.#transceivers().includes(transceiver)) return;
    for (const old of participant.stream.getTracks()) {
      if (old.kind === track.kind && old !== track) participant.stream.removeTrack(old);
    }
    participant.stream.addTrack(track);
    this.room.announce("media", { participant, track });
  }

  /** What the other side sends now, by what was agreed. */
  #hear() {
    const on = (source) => this.#transceivers().some(({ receiver, currentDirection }) =>
      SOURCES[receiver.track.kind] === source && /^(sendrecv|recvonly)$/.test(currentDirection));
    this.participant.sending = { microphone: on("microphone"), camera: on("camera") };
    this.room.announce("media", { participant: this.participant });
  }

  #pathChanged() {
    const { connectionState } = this.connection;
    clearTimeout(this.#timer);
    if (connectionState === "disconnected") this.#timer = setTimeout(() => this.connection.restartIce(), PATH_SILENCE);
    if (connectionState === "failed") this.connection.restartIce();
    const state = { connected: "connected", failed: "broken", disconnected: "broken" }[connectionState] ?? "connecting";
    if (!this.#closed) this.room.announce("path", { participant: this.participant, state });
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.connection.close();
    for (const track of this.participant.stream.getTracks()) this.participant.stream.removeTrack(track);
  }
}
