// Media through the server: one PeerConnection for all that one sends and gets. The room (room.js) asks for the
// first offer, which travels with the join; later either side may offer. The server gives way when two offers meet,
// so all that is needed here is to ignore its offers while an own one is unanswered.

import { TandemError } from "./errors.js";
import { tuned } from "./opus.js";
import { ShortCut } from "./shortcut.js";
import { encodings } from "./sizes.js";

/** How long a path may be interrupted before ICE is restarted without waiting for the browser's verdict. */
const PATH_SILENCE = 2_000;
/** How long restarts are tried before a new connection is made; the server gives the old one up after 30 seconds. */
const GIVE_UP_AFTER = 20_000;
const ASK_AGAIN = 1_000;
/** How long the direct way to the server may take before relays, which only the join's reply has named, are tried. */
const RELAY_AFTER = 2_000;
const KIND = { microphone: "audio", camera: "video", screen: "video", screen_audio: "audio" };
/** Refusals of an offer that another try may change. */
const RETRYABLE = new Set(["timeout", "rate_limited", "unavailable", "internal"]);

/** What each m-line of a description carries to us: `mid` → `{ participant, track }`, by its msid. */
function carried(sdp) {
  const found = new Map();
  for (const section of sdp.split(/^m=/m).slice(1)) {
    const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
    const [, participant, track] = /^a=msid:(\S+) (\S+)/m.exec(section) ?? [];
    if (mid && track && /^a=(sendrecv|sendonly)\s*$/m.test(section)) found.set(mid, { participant, track });
  }
  return found;
}

const fingerprints = (sdp = "") => [...sdp.matchAll(/^a=fingerprint:(.*?)\s*$/gm)].map(([, print]) => print);

export class ServerMedia {
  /** What we send: the m-line of each source, once there was one. @type {Map<string, RTCRtpTransceiver>} */
  #lines = new Map();
  /** What we get, by mid. */ #carried = new Map();
  /** From the making of an offer to its answer: server offers that come meanwhile are void. */ #offering = false;
  /** A server offer that waits for its turn. */ #theirs;
  #work = Promise.resolve();
  /** There is something that the server has not been offered. */ #needed = false;
  /** Of the camera's sizes, those that nobody has. */ #idle = [];
  /** A direct path carries all. */ #paused = false;
  #joined = false;
  #closed = false;
  #timer;
  #despair;
  #shortCut;

  constructor(room, configuration, tracks) {
    this.room = room;
    this.tracks = tracks;
    this.configuration = configuration;
    const connection = (this.connection = new RTCPeerConnection(configuration));
    connection.onnegotiationneeded = () => this.#ask();
    connection.onconnectionstatechange = () => this.#pathChanged();
    globalThis.addEventListener?.("online", this.#restart);
    for (const source of ["microphone", "camera"]) this.#line(source);
  }

  #line(source) {
    const track = this.tracks.get(source) ?? null;
    const direction = track && this.room.mayPublish ? "sendrecv" : "recvonly";
    const layers = source === "camera" && this.room.options.simulcast !== false
      ? { sendEncodings: encodings(track) } : {};
    this.#lines.set(source, this.connection.addTransceiver(track ?? KIND[source], { direction, ...layers }));
  }

  /** The offer for a join. */
  async describe() {
    this.#offering = true;
    await this.connection.setLocalDescription();
    return this.#description();
  }

  #description() {
    const tracks = [...this.#lines].filter(([, { mid, direction }]) => mid !== null && direction === "sendrecv")
      .map(([source, { mid }]) => ({ mid, source }));
    return { sdp: this.connection.localDescription.sdp, tracks };
  }

  /** The reply to the join. A server that has not answered the offer in it is asked again. */
  joined(reply, configuration) {
    this.#joined = true;
    this.configuration = configuration;
    this.connection.setConfiguration(configuration);
    if (configuration.iceServers?.length) {
      setTimeout(() => this.connection.connectionState !== "connected" && this.#restart(), RELAY_AFTER);
    }
    this.#enqueue(() => (reply.answer ? this.#answered(reply.answer) : this.#ask()));
    this.#enqueue(() => this.#aim());
  }

  /** What was under way may be lost on both sides: an offer of ours settles it, since the server gives way. */
  resumed() {
    if (this.#isLost()) {
      this.room.renew();
      return;
    }
    this.#theirs = undefined;
    this.#offering = true;
    if (this.connection.connectionState !== "connected") this.connection.restartIce();
    this.#enqueue(() => this.#offer());
  }

  signal(message) {
    if (message.type === "topology" || message.from !== undefined) {
      this.#shortCut ??= new ShortCut(this);
      this.#shortCut.signal(message);
    } else if (message.type === "offer" && !this.#offering) {
      this.#theirs = message;
      this.#enqueue(() => this.#answer());
    }
  }

  meet() {}

  part(id, participant) {
    this.#shortCut?.part(id);
    for (const stream of [participant?.stream, participant?.screen]) {
      for (const track of stream?.getTracks() ?? []) stream.removeTrack(track);
    }
  }

  /** Puts what is to be sent on its m-lines; resolves when the server knows. */
  async changed() {
    for (const source of this.tracks.keys()) {
      if (this.#lines.has(source)) continue;
      this.#line(source);
      this.#ask();
    }
    await this.#aim();
    await this.#shortCut?.changed();
    await this.#work;
  }

  async #aim() {
    const swaps = [...this.#lines].map(([source, line]) => {
      const track = (this.room.mayPublish && this.tracks.get(source)) || null;
      const direction = track ? "sendrecv" : "recvonly";
      if (line.direction !== direction) {
        line.direction = direction;
        this.#ask();
      }
      if (line.sender.track === track) return undefined;
      return line.sender.replaceTrack(track).then(() => source === "camera" && this.#activate());
    });
    await Promise.all(swaps).catch((error) => this.#closed || Promise.reject(error));
  }

  #enqueue(step) {
    this.#work = this.#work.then(() => (this.#closed ? undefined : step())).catch((error) => {
      if (!this.#closed) this.room.emit("path", { state: "broken", error });
    });
    return this.#work;
  }

  /** Makes an offer in its turn. */
  #ask() {
    if (!this.#joined) return;
    this.#needed = true;
    this.#enqueue(() => this.#offer());
  }

  /** Does nothing if all has been offered since it was asked for, and answered. */
  async #offer() {
    const { connection } = this;
    if (connection.signalingState === "stable" && !this.#offering && !this.#needed) return;
    this.#offering = true;
    this.#theirs = undefined;
    try {
      if (connection.signalingState === "stable") {
        this.#needed = false;
        await connection.setLocalDescription();
      }
      await this.#answered(await this.#request("offer", this.#description()));
    } catch (error) {
      // A lost connection leaves the offer open; it is repeated after the resume.
      if (this.#closed || error.code === "connection_lost") return;
      if (RETRYABLE.has(error.code)) setTimeout(() => this.#enqueue(() => this.#offer()), ASK_AGAIN);
      else await this.#withdraw();
      if (!RETRYABLE.has(error.code)) throw error;
    }
  }

  /** Without a connection nothing waits: what is repeated after the resume is newer, and may belong to a new place. */
  async #request(type, fields) {
    if (this.room.state !== "connected") throw new TandemError("connection_lost");
    return this.room.request(type, fields);
  }

  async #withdraw() {
    this.#offering = false;
    if (this.connection.signalingState === "have-local-offer") {
      await this.connection.setLocalDescription({ type: "rollback" });
    }
  }

  async #answered(answer) {
    this.#offering = false;
    const known = fingerprints(this.connection.remoteDescription?.sdp);
    if (known.length && !fingerprints(answer.sdp).some((print) => known.includes(print))) {
      // Another process answers than the one we have keys with.
      this.room.renew();
      return;
    }
    await this.connection.setRemoteDescription({ type: "answer", sdp: tuned(answer.sdp, this.room.options.opus) });
    this.#note(answer);
  }

  async #answer() {
    const message = this.#theirs;
    if (!message) return;
    this.#theirs = undefined;
    const { connection } = this;
    await connection.setRemoteDescription({ type: "offer", sdp: tuned(message.sdp, this.room.options.opus) });
    await connection.setLocalDescription();
    // Whatever becomes of it: after a lost connection an offer of ours settles everything.
    this.#request("answer", { sdp: connection.localDescription.sdp }).catch(() => {});
    this.#note(message);
  }

  /** Remembers what the m-lines carry now. */
  #note({ sdp, tracks = [] }) {
    this.#carried = carried(sdp);
    for (const { mid, track, participant } of tracks) this.#carried.set(mid, { participant, track });
    this.place();
  }

  /** What has come of a participant's sources that are known and have an m-line: source → track. */
  #arrived(participant) {
    const receivers = new Map(this.connection.getTransceivers().map(({ mid, receiver }) => [mid, receiver.track]));
    const arrived = new Map();
    for (const [mid, { track }] of this.#carried) if (receivers.has(mid)) arrived.set(track, receivers.get(mid));
    return new Map((participant.tracks ?? []).filter(({ id }) => arrived.has(id))
      .map(({ id, source }) => [source, arrived.get(id)]));
  }

  /** Brings each participant's streams up to date with what has come and what is known of it. */
  place() {
    for (const participant of this.room.participants.values()) {
      const arrived = this.#arrived(participant);
      const tracks = (...sources) => sources.flatMap((source) => arrived.get(source) ?? []);
      const direct = this.#shortCut?.carries(participant);
      const changes = [this.#fill(participant.stream, direct ?? tracks("microphone", "camera")),
        this.#fill(participant.screen, tracks("screen", "screen_audio"))];
      const on = (source) => arrived.has(source)
        && !participant.tracks.find((track) => track.source === source).muted;
      const sending = { microphone: on("microphone"), camera: on("camera"), screen: on("screen") };
      const differs = Object.keys(sending).some((source) => sending[source] !== participant.sending[source]);
      participant.sending = sending;
      if (differs || changes.some(Boolean)) this.room.emit("media", { participant });
    }
  }

  /** How far each track has come that a participant's microphone and camera send this way: id → count. */
  async progress(participant) {
    const arrived = this.#arrived(participant);
    const wanted = ["microphone", "camera"].filter((source) => participant.sending[source]);
    const counts = new Map(wanted.map((source) => [arrived.get(source).id, 0]));
    for (const report of (await this.connection.getStats()).values()) {
      if (report.type !== "inbound-rtp" || !counts.has(report.trackIdentifier)) continue;
      counts.set(report.trackIdentifier, report.framesDecoded ?? report.packetsReceived);
    }
    return counts;
  }

  /** Makes a stream consist of these tracks; true if it did not. */
  #fill(stream, tracks) {
    const before = stream.getTracks();
    for (const old of before) if (!tracks.includes(old)) stream.removeTrack(old);
    for (const track of tracks) stream.addTrack(track);
    return before.length !== tracks.length || before.some((old) => !tracks.includes(old));
  }

  /** Stops or resumes what goes through the server, while a direct path carries the same. No m-line changes. */
  async pause(paused) {
    this.#paused = paused;
    await this.#activate();
  }

  /** Sizes of a picture that nobody has rest, and come back when somebody wants them. */
  rest({ track, idle }) {
    if (this.room.self.tracks?.find(({ id }) => id === track)?.source !== "camera") return;
    this.#idle = idle;
    this.#enqueue(() => this.#activate());
  }

  async #activate() {
    for (const source of ["microphone", "camera"]) {
      const { sender } = this.#lines.get(source);
      const parameters = sender.getParameters();
      if (!parameters.encodings?.length) continue;
      const sizes = parameters.encodings.length > 1 ? encodings(sender.track, this.#idle) : [{ active: true }];
      parameters.encodings.forEach((encoding, index) => {
        Object.assign(encoding, sizes[index], { active: sizes[index].active && !this.#paused });
      });
      await sender.setParameters(parameters).catch(() => {});
    }
  }

  #restart = () => {
    if (!this.#joined || this.#closed) return;
    this.connection.restartIce();
    this.#ask();
  };

  #pathChanged() {
    const { connectionState } = this.connection;
    clearTimeout(this.#timer);
    if (connectionState === "disconnected") this.#timer = setTimeout(this.#restart, PATH_SILENCE);
    if (connectionState === "failed") this.#restart();
    if (connectionState === "connected") {
      clearTimeout(this.#despair);
      this.#despair = undefined;
    } else if (connectionState !== "new" && connectionState !== "closed") {
      this.#despair ??= setTimeout(() => this.#giveUp(), GIVE_UP_AFTER);
    }
    const state = { connected: "connected", failed: "broken", disconnected: "broken" }[connectionState] ?? "connecting";
    if (!this.#closed) this.room.emit("path", { state });
  }

  #giveUp() {
    this.#despair = undefined;
    if (this.room.state === "connected") this.room.renew();
    else this.#despair = setTimeout(() => this.#giveUp(), ASK_AGAIN);
  }

  /** One of our own tracks is gone from the server. */
  lost() {
    if (!this.#offering && this.#isLost()) this.room.renew();
  }

  /** The server doesn't know of what we send, and have not taken back: it has given our connection up. */
  #isLost() {
    return [...this.#lines].some(([source, { currentDirection }]) =>
      /send/.test(currentDirection ?? "") && this.tracks.has(source) && !this.#isKnown(source));
  }

  #isKnown(source) {
    return this.room.self.tracks?.some((track) => track.source === source) ?? false;
  }

  async stats() {
    const reports = await Promise.all([this.connection.getStats(), ...(this.#shortCut?.stats() ?? [])]);
    return reports.flatMap((report) => [...report.values()]);
  }

  close() {
    this.#closed = true;
    globalThis.removeEventListener?.("online", this.#restart);
    clearTimeout(this.#timer);
    clearTimeout(this.#despair);
    this.#shortCut?.close();
    this.connection.close();
    for (const participant of this.room.participants.values()) this.part(participant.id, participant);
  }
}
