/**
 * Tandem for the browser: join a room, talk, see each other. No dependency, no global state.
 *
 *     import { connect } from "/tandem.js";
 *     const room = await connect({ url: location.origin, token, tracks: { camera: track } });
 *     room.addEventListener("media", ({ detail }) => room.attach(video, detail.participant));
 *     await room.publish("screen", otherTrack);
 *
 * A `Room` speaks in `CustomEvent`s; what happened is in `detail`. Those of the server keep their names
 * (`participant.joined`, `participant.updated`, `participant.left`, `track.added`, `chat`, `hand`, `consent`,
 * `speakers`, `quality`, `topology`, `room.updated`, `waiting`, `admitted`, `denied`, `draining` …). Its own are:
 *
 * - `state`  `{ state, error?, reason? }`: see `RoomState`; why it reconnects: `lost`, `network`, `asleep`
 * - `media`  `{ participant, track? }`: a track has come or gone, or a camera, microphone or screen went on or off
 * - `device` `{ source, state, track }`: `lost` (unplugged, or taken away by the browser) or `changed`
 * - `path`   `{ participant?, state }`: how the media connection is: `connecting`, `connected`, `broken`; without a
 *   participant it is the one to the server, and concerns all of them
 *
 * @typedef {"connecting"|"waiting"|"connected"|"reconnecting"|"closed"} RoomState
 * @typedef {"microphone"|"camera"|"screen"|"screen_audio"} Source  of these, only the first two in `p2p` rooms
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
 * @property {MediaStream} [stream]  microphone and camera of this participant; always the same object
 * @property {MediaStream} [screen]  what this participant shows; always the same object
 * @property {{ microphone: boolean, camera: boolean, screen: boolean }} [sending]  as far as this participant says
 */

import { Queue } from "./tandem/queue.js";
import { Room } from "./tandem/room.js";

export { Queue, Room };
export { openDevice, openScreen } from "./tandem/capture.js";
export { TandemError } from "./tandem/errors.js";

/** Semantic: what this file documents breaks only with a new major number. */
export const version = "1.0.0";

/**
 * Joins a room. Resolves once the server has answered: `room.state` is `connected`, or `waiting` in a room whose
 * lobby holds one back (then the event `state` tells). Rejects with a `TandemError` if the server refuses.
 *
 * @param {object} options
 * @param {string | URL | string[] | (() => string | Promise<string>)} [options.url]  the server, as http(s) or ws(s);
 *   the page's own if left out. Of several the next is tried each time; a function is asked each time
 * @param {string} options.token
 * @param {string} [options.room]  needed if the token is good for any room
 * @param {string} [options.name]
 * @param {object} [options.attributes]
 * @param {Partial<Record<Source, MediaStreamTrack>>} [options.tracks]  what to send from the start: the fastest way
 * @param {() => Promise<string>} [options.refreshToken]  asked when the token has expired
 * @param {boolean} [options.simulcast]  the camera in three sizes, of which each of the others gets what suits it; on by default
 * @param {{ dtx?: boolean, fec?: boolean, stereo?: boolean }} [options.opus]  FEC and DTX are on, stereo is off
 * @param {AbortSignal} [options.signal]
 * @param {(urls: RTCConfiguration) => RTCConfiguration} [options.configure]  last word on the media connection
 * @returns {Promise<Room>}
 */
export async function connect(options) {
  const room = new Room(options);
  await room.open();
  return room;
}

/**
 * Waits for somebody to be matched with. Resolves with a place in the queue; its events tell the rest.
 *
 *     const queue = await waitForMatch({ url, token, profile: { subjects: [{ name: "algebra" }] } });
 *     queue.addEventListener("found", () => queue.accept());
 *     queue.addEventListener("confirmed", ({ detail }) => connect({ url, token: detail.token }));
 *
 * @param {object} options
 * @param {string | URL | (() => string | Promise<string>)} [options.url]
 * @param {string} options.token  with the right `match`
 * @param {object} [options.profile]  what is wanted, or taught; over what the platform has written down
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<Queue>}
 */
export async function waitForMatch(options) {
  const queue = new Queue(options);
  await queue.open();
  return queue;
}
