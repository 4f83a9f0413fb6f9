// The short cut of `auto` rooms: while two are alone, their microphones and cameras go directly from one to the
// other, once the direct path has proved that it carries them. The server's path stays open all the time, paused,
// and takes over again when the server says so or the direct path falls silent. Used by ServerMedia (server.js).

import { Peer } from "./direct.js";

const LOOK_EVERY = 250;
/** How long the direct path must carry before we stop sending through the server: the other looks as often. */
const TRUST_AFTER = 3_000;
/** How long it may be silent before the server's path is taken again. */
const SILENCE = 1_000;
/** How long the server's path may need to carry again before the direct one is given up anyway. */
const RETURN_WITHIN = 3_000;

export class ShortCut {
  #server;
  #peer;
  #watch;
  #bytes = 0;
  #movedAt;
  #flowedAt = 0;
  #paused = false;

  /** @param {import("./server.js").ServerMedia} server */
  constructor(server) {
    this.#server = server;
    this.room = server.room;
    this.tracks = server.tracks;
    this.configuration = server.configuration;
  }

  signal(message) {
    if (message.type === "topology") {
      if (message.topology === "p2p") this.#try();
      else this.#back();
    } else if (message.type === "candidate" && !message.candidate) {
      // No more candidates: this is how the other says that it is back on the server's path.
      this.#back();
    } else {
      if (!this.#peer && message.type === "offer") this.#open(this.room.participants.get(message.from));
      if (this.#peer?.participant.id === message.from) this.#peer.received(message);
    }
  }

  #try() {
    const [other] = this.room.participants.values();
    if (this.#peer || !other || this.room.participants.size !== 1 || this.room.self.role === "observer") return;
    // One of them begins, so that two offers do not meet.
    if (this.room.self.id > other.id && this.#open(other)) this.#peer.offer();
  }

  #open(participant) {
    if (!participant) return false;
    this.#peer = new Peer(this, participant);
    this.#watch = setInterval(() => this.#look().catch(() => {}), LOOK_EVERY);
    return true;
  }

  /** The tracks to show instead of what comes through the server; undefined while that is what counts. */
  carries(participant) {
    if (this.#movedAt === undefined || this.#peer?.participant !== participant) return undefined;
    return this.#peer.connection.getReceivers().map(({ track }) => track);
  }

  async #look() {
    const peer = this.#peer;
    const bytes = await received(peer.connection);
    if (peer !== this.#peer) return;
    const now = performance.now();
    if (bytes > this.#bytes) this.#flowedAt = now;
    this.#bytes = bytes;
    const expected = peer.participant.sending.microphone || peer.participant.sending.camera;
    const flows = peer.connection.connectionState === "connected" && (!expected || now - this.#flowedAt < SILENCE);
    if (!flows) {
      if (this.#movedAt !== undefined) this.#back(true);
    } else if (this.#movedAt === undefined) {
      this.#movedAt = now;
      this.#server.place();
      this.#suspend(true);
    } else if (!this.#paused && now - this.#movedAt > TRUST_AFTER) {
      this.#paused = true;
      await this.#server.pause(true);
    }
  }

  #suspend(suspended) {
    for (const { id, source } of this.#peer.participant.tracks ?? []) {
      if (source === "microphone" || source === "camera") this.room.suspend(id, suspended);
    }
  }

  /** To the server's path. What comes directly is shown until something comes through the server. */
  async #back(tell = false) {
    const peer = this.#peer;
    if (!peer) return;
    clearInterval(this.#watch);
    const moved = this.#movedAt !== undefined;
    if (tell) this.room.request("candidate", { to: peer.participant.id, candidate: "" }).catch(() => {});
    if (this.#paused) this.#server.pause(false);
    this.#paused = false;
    if (moved) {
      this.#suspend(false);
      const before = await this.#server.progress(peer.participant);
      const until = performance.now() + RETURN_WITHIN;
      const waits = async () => [...await this.#server.progress(peer.participant)]
        .some(([id, count]) => count <= (before.get(id) ?? 0));
      while (performance.now() < until && await waits()) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (this.#peer === peer) this.close();
    this.#server.place();
  }

  changed() {
    return this.#peer?.refresh();
  }

  part(id) {
    if (this.#peer?.participant.id === id) this.close();
  }

  arrived() {}
  heard() {}
  pathChanged() {}

  stats() {
    return this.#peer ? [this.#peer.connection.getStats()] : [];
  }

  close() {
    clearInterval(this.#watch);
    if (this.#paused) this.#server.pause(false);
    this.#paused = false;
    this.#movedAt = undefined;
    this.#bytes = 0;
    this.#peer?.close();
    this.#peer = undefined;
  }
}

/** Bytes of media that a connection has received. */
async function received(connection) {
  let bytes = 0;
  for (const report of (await connection.getStats()).values()) {
    if (report.type === "inbound-rtp") bytes += report.bytesReceived ?? 0;
  }
  return bytes;
}
