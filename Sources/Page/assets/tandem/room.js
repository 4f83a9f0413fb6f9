// A room as one participant sees it: who is there, which tracks they have, and what one can do. Made by `connect`
// (tandem.js). Media goes one of two ways: through the server (server.js) or directly (direct.js); the room's
// topology decides which.

import { Attention } from "./attention.js";
import { hint, openDevice, openScreen } from "./capture.js";
import { DirectMedia } from "./direct.js";
import { TandemError } from "./errors.js";
import { summary } from "./measure.js";
import { ServerMedia } from "./server.js";
import { Session } from "./session.js";

export class Room extends Session {
  /** The others, by id. @type {Map<string, import("../tandem.js").Participant>} */ participants = new Map();
  /** Who waits in the lobby, by id; moderators see it. */ waiting = new Map();

  /** The media that a join offered, until the answer says whether it is wanted. */ #offered;
  #media;
  #attention = new Attention(this);
  /** How much of each track is wanted, by id. */ #wanted = new Map();
  /** Tracks that come another way at the moment. */ #suspended = new Set();
  /** @type {Map<import("../tandem.js").Source, MediaStreamTrack>} */ #tracks = new Map();

  constructor(options) {
    super(options);
    for (const [source, track] of Object.entries(options.tracks ?? {})) if (track) this.#keep(source, track);
  }

  #configure(iceServers = []) {
    const { configure = (it) => it } = this.options;
    return configure({ iceServers, bundlePolicy: "max-bundle" });
  }

  /** Before a fresh join it is not known whether the room's media goes through the server: most often it does. */
  prepare() {
    this.#offered?.close();
    this.#offered = new ServerMedia(this, this.#configure(), this.#tracks);
    return this.#offered.describe();
  }

  joined(reply, connected) {
    const returning = this.#media !== undefined && this.self?.id === reply.self.id;
    if (!returning) this.forget(this.#offered);
    this.self = reply.self;
    this.info = reply.room;
    if (!returning) this.#open(reply);
    for (const event of reply.missed ?? []) this.missed(event);
    if (reply.waiting) this.waiting = new Map(reply.waiting.map((one) => [one.id, one]));
    this.#reconcile(reply.participants);
    if (Number.isInteger(reply.lastSeq)) this.lastSeq = Math.max(this.lastSeq, reply.lastSeq);
    connected();
    if (returning) this.#media.resumed();
    for (const participant of this.participants.values()) this.#media.meet(participant, !returning);
    this.#media.place();
    this.#align();
  }

  #open(reply) {
    const configuration = this.#configure(reply.iceServers);
    const offered = this.#offered;
    this.#offered = undefined;
    if (reply.room.topology === "p2p") {
      offered?.close();
      this.#media = new DirectMedia(this, configuration, this.#tracks);
    } else {
      this.#media = offered ?? new ServerMedia(this, configuration, this.#tracks);
      this.#media.joined(reply, configuration);
    }
  }

  /** A new PeerConnection in the same place, for when nothing of the old one can be kept. */
  renew() {
    const { configuration } = this.#media;
    this.#media.close();
    this.#media = new ServerMedia(this, configuration, this.#tracks);
    this.#media.joined({}, configuration);
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

  forget(except) {
    this.#wanted.clear();
    this.#suspended.clear();
    if (this.state === "closed") this.#attention.close();
    if (this.#offered !== except) this.#offered?.close();
    this.#media?.close();
    this.#media = undefined;
    this.participants.clear();
    this.waiting.clear();
  }

  happened(message) {
    const known = this.participants.get(message.participant);
    switch (message.type) {
      case "participant.joined":
        this.#arrived(message);
        this.#media?.meet(this.participants.get(message.participant.id), false);
        this.#media?.place();
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
      case "topology":
        this.#media?.signal(message);
        if (message.type !== "topology") return;
        break;
      case "delivery":
        for (const one of this.participants.values()) {
          const of = one.tracks.find(({ id }) => id === message.track);
          if (of) one.delivery = { ...one.delivery, [of.source]: { state: message.state, reason: message.reason } };
        }
        break;
      case "layers":
        this.#media?.rest?.(message);
        return;
      case "waiting":
        // To oneself it only repeats the reply; to a moderator it says who knocks.
        if (message.participant.id !== this.self?.id) this.waiting.set(message.participant.id, message.participant);
        break;
      case "consent":
        if (known) known.consent = message.recording;
        else if (message.participant === this.self?.id) this.self.consent = message.recording;
        break;
      case "recording":
        this.info.recording = { state: message.state, recording: message.recording };
        break;
      case "talk":
      case "quality":
        this.#measured(message);
        break;
      case "room.updated":
        this.info = message.room;
        break;
    }
    this.emit(message.type, message);
  }

  #arrived(message) {
    const view = message.participant;
    const participant = this.participants.get(view.id) ?? {};
    Object.assign(participant, view);
    participant.tracks ??= [];
    participant.stream ??= new MediaStream();
    participant.screen ??= new MediaStream();
    participant.sending ??= { microphone: false, camera: false, screen: false };
    this.participants.set(view.id, participant);
    this.waiting.delete(view.id);
    this.emit("participant.joined", { ...message, participant });
  }

  #left(message) {
    if (message.participant === this.self?.id) {
      this.emit("participant.left", message);
      this.finish(new TandemError(message.reason));
      return;
    }
    this.waiting.delete(message.participant);
    const participant = this.participants.get(message.participant);
    this.participants.delete(message.participant);
    this.#media?.part(message.participant, participant);
    this.emit("participant.left", { ...message, name: participant?.name });
  }

  #trackChanged({ type, participant, track }) {
    const owner = participant === this.self?.id ? this.self : this.participants.get(participant);
    if (!owner) return;
    const id = track.id ?? track;
    owner.tracks = (owner.tracks ?? []).filter((other) => other.id !== id);
    if (type !== "track.removed") owner.tracks.push(track);
    if (owner !== this.self) {
      if (type === "track.removed") {
        this.#wanted.delete(id);
        this.#suspended.delete(id);
      }
      this.#media?.place();
      this.#attention.changed();
    } else if (type === "track.updated" && track.muted && this.#tracks.get(track.source)?.enabled) {
      // A mentor's mute reaches us as an update of our own track. Only we can unmute ourselves.
      this.enable(track.source, false);
    } else {
      if (type === "track.removed") this.#media?.lost();
      this.#align();
    }
  }

  /** Tells the server of what is muted here, and is not there. */
  #align() {
    for (const { source } of [...(this.self.tracks ?? [])]) {
      const track = this.#tracks.get(source);
      if (track) this.#tell(source, !track.enabled);
    }
  }

  /** Says something to all, or to one. The event `chat` comes for one's own words too, once they are on their way. */
  async chat(text, to) {
    await this.request("chat", { text, to });
    this.emit("chat", { type: "chat", from: this.self.id, text, to, at: new Date().toISOString() });
  }

  /** Raises or lowers one's hand. */
  async hand(raised) {
    await this.request("hand", { raised });
    this.self.handRaised = raised;
    this.emit("hand", { type: "hand", participant: this.self.id, raised });
  }

  /** Agrees to being recorded, or withdraws that. `textVersion` names the words that were shown. */
  async consent(recording, { textVersion, purpose } = {}) {
    await this.request("consent", { recording, textVersion, purpose });
    this.self.consent = recording;
    this.emit("consent", { type: "consent", participant: this.self.id, recording });
  }

  /** Starts as soon as everybody has agreed. @returns {Promise<string>} the recording's id */
  async startRecording() { return (await this.request("recording.start")).recording; }
  async stopRecording() { return (await this.request("recording.stop")).recording; }

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
    if (this.waiting.delete(participant)) this.emit("waiting", {});
  }

  /**
   * How much of somebody's track one wants: `high`, `medium`, `low` or `off`.
   * @param {string} track  its id @param {string} quality
   * @param {{ maxHeight?: number, maxFps?: number, priority?: number }} [wishes]
   */
  subscribe(track, quality, wishes = {}) {
    this.#wanted.set(track, { quality, ...wishes });
    return this.#want(track);
  }

  async #want(track) {
    if (this.info?.topology === "p2p") return;
    const wish = this.#wanted.get(track) ?? { quality: "high" };
    await this.request("subscribe", { track, ...wish, ...(this.#suspended.has(track) ? { quality: "off" } : {}) });
  }

  /** Nothing of a track that comes another way is needed from the server; what is wanted of it is kept. */
  suspend(track, suspended) {
    if (suspended) this.#suspended.add(track);
    else this.#suspended.delete(track);
    this.#want(track).catch(() => {});
  }

  /**
   * Shows somebody in an element, and asks the server for no more than its size needs: nothing while it is hidden.
   * @returns {() => void}  ends it
   */
  attach(element, participant, source = "camera") {
    const { id, stream, screen } = this.participants.get(participant.id ?? participant) ?? {};
    if (!id) throw new TandemError("unknown_participant");
    const shown = source === "screen" ? screen : stream;
    if (element.srcObject !== shown) element.srcObject = shown;
    const end = this.#attention.watch(element, id, source);
    this.#attention.changed();
    return () => {
      end();
      if (element.srcObject === shown) element.srcObject = null;
    };
  }

  #measured({ type, participants }) {
    for (const { participant, ...values } of participants) {
      const target = participant === this.self?.id ? this.self : this.participants.get(participant);
      if (target) target[type] = type === "talk" ? values : values.score;
    }
  }

  /** Keeps what a source sends, and says so when its device goes away by itself. */
  #keep(source, track) {
    hint(source, track);
    this.#tracks.set(source, track);
    track.addEventListener("ended", () => {
      if (this.#tracks.get(source) === track) this.emit("device", { source, state: "lost", track });
    }, { once: true });
  }

  /** Opens a microphone or camera and sends it, in place of the former one: nothing is negotiated anew. */
  async switchDevice(source, wishes) {
    const track = await openDevice(source, wishes);
    const before = this.#tracks.get(source);
    track.enabled = before?.enabled ?? true;
    await this.publish(source, track);
    before?.stop();
    this.emit("device", { source, state: "changed", track });
    return track;
  }

  /** Asks for a screen and shows it; ends by `publish("screen", null)` or the browser's own button. */
  async shareScreen(constraints) {
    const { picture, sound } = await openScreen(constraints);
    picture.addEventListener("ended", () => {
      for (const source of ["screen", "screen_audio"]) this.publish(source, null).catch(() => {});
    }, { once: true });
    await this.publish("screen", picture);
    if (sound) await this.publish("screen_audio", sound);
    return { picture, sound };
  }

  /**
   * Sends a track, in place of what this source sent before; `null` stops it. The track stays the caller's: nothing
   * here stops a camera.
   * @param {import("../tandem.js").Source} source @param {MediaStreamTrack | null} track
   */
  async publish(source, track) {
    if (track) this.#keep(source, track);
    else this.#tracks.delete(source);
    await this.#media?.changed();
    if (track || this.info?.topology === "p2p") this.#tell(source, !track?.enabled);
  }

  /** Mutes or unmutes what one sends: at once and locally, so that it holds whatever the network does. */
  enable(source, enabled) {
    const track = this.#tracks.get(source);
    if (!track) return;
    track.enabled = enabled;
    this.#media?.changed().catch(() => {});
    this.#tell(source, !enabled);
    this.emit("media", { participant: this.self });
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
    return { microphone: on("microphone"), camera: on("camera"), screen: on("screen") };
  }

  /** How it goes: round trip, what is sent and received; `reports` are the browser's own. */
  async stats() {
    return summary(this.#media ? await this.#media.stats() : []);
  }
}
