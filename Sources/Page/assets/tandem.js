/**
 * Tandem for the browser: join a room, talk, see each other. No dependency, no global state.
 *
 *     import { connect } from "/tandem.js";
 *     const room = await connect({ url: location.origin, token, tracks: { camera: track } });
 *     room.addEventListener("media", ({ detail }) => { video.srcObject = detail.participant.stream; });
 *     await room.publish("screen", otherTrack);
 *
 * A `Room` speaks in `CustomEvent`s; what happened is in `detail`. Those of the server keep their names
 * (`participant.joined`, `participant.updated`, `participant.left`, `track.added`, `chat`, `hand`, `consent`,
 * `speakers`, `quality`, `topology`, `room.updated`, `waiting`, `admitted`, `denied`, `draining` …). Its own are:
 *
 * - `state`  `{ state, error? }`: see `RoomState`
 * - `media`  `{ participant, track? }`: a track has come or gone, or a camera, microphone or screen went on or off
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

import { Room } from "./tandem/room.js";

export { Room };
export { TandemError } from "./tandem/wire.js";

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
 * @param {Partial<Record<Source, MediaStreamTrack>>} [options.tracks]  what to send from the start: the fastest way
 * @param {AbortSignal} [options.signal]
 * @param {(urls: RTCConfiguration) => RTCConfiguration} [options.configure]  last word on the media connection
 * @returns {Promise<Room>}
 */
export async function connect(options) {
  const room = new Room(options);
  await room.open();
  return room;
}
