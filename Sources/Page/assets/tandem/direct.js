// Media from peer to peer, without the server: one direct connection to each of the others, negotiated through the
// relay. Rooms of topology `p2p` use it for all their media; the short cut of `auto` rooms (shortcut.js) for one peer.

import { HELD_REQUESTS } from "./session.js";

/** How long a media path may be silent before ICE is restarted without waiting for the browser's verdict. */
const PATH_SILENCE = 4_000;
const SOURCES = { audio: "microphone", video: "camera" };

/** All the media of a `p2p` room. */
export class DirectMedia {
  /** @type {Map<string, Peer>} */ #peers = new Map();

  constructor(room, configuration, tracks) {
    this.room = room;
    this.configuration = configuration;
    this.tracks = tracks;
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

  /** What came belongs to whom it came from, and what is sent is no business of the server's. */
  place() {}
  lost() {}

  arrived({ participant }, track) {
    for (const old of participant.stream.getTracks()) {
      if (old.kind === track.kind && old !== track) participant.stream.removeTrack(old);
    }
    participant.stream.addTrack(track);
    this.room.emit("media", { participant, track });
  }

  heard({ participant }, sending) {
    participant.sending = { ...sending, screen: false };
    this.room.emit("media", { participant });
  }

  pathChanged({ participant }, state, error) {
    this.room.emit("path", { participant, state, error });
  }

  async stats() {
    const reports = await Promise.all([...this.#peers.values()].map((peer) => peer.connection.getStats()));
    return reports.flatMap((report) => [...report.values()]);
  }

  close() {
    for (const id of [...this.#peers.keys()]) this.part(id);
  }
}

/** One direct connection, by the W3C's "perfect negotiation": either side may offer, and a clash resolves itself. */
export class Peer {
  #offering = false;
  #ignoring = false;
  #closed = false;
  #work = Promise.resolve();
  #early = [];
  #timer;

  /** @param {DirectMedia} media  whoever is told what comes, and says what is sent */
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
      if (!this.#closed) this.media.pathChanged(this, "broken", error);
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
    if (this.#transceivers().includes(transceiver)) this.media.arrived(this, track);
  }

  /** What the other side sends now, by what was agreed. */
  #hear() {
    const on = (source) => this.#transceivers().some(({ receiver, currentDirection }) =>
      SOURCES[receiver.track.kind] === source && /^(sendrecv|recvonly)$/.test(currentDirection));
    this.media.heard(this, { microphone: on("microphone"), camera: on("camera") });
  }

  #pathChanged() {
    const { connectionState } = this.connection;
    clearTimeout(this.#timer);
    if (connectionState === "disconnected") this.#timer = setTimeout(() => this.connection.restartIce(), PATH_SILENCE);
    if (connectionState === "failed") this.connection.restartIce();
    const state = { connected: "connected", failed: "broken", disconnected: "broken" }[connectionState] ?? "connecting";
    if (!this.#closed) this.media.pathChanged(this, state);
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.connection.close();
    for (const { receiver } of this.connection.getTransceivers()) this.participant.stream.removeTrack(receiver.track);
  }
}
