// The one kind of error that the SDK's promises reject with: a code to branch on, and a sentence that tells the
// person what to do. Codes are the server's, and a few of our own for what never reaches it.

const ADVICE = {
  invalid_message: "The server did not understand the request. Correct the field that is named",
  unsupported_type: "The server is older than this page. Reload, or update the server",
  payload_too_large: "The message is too long. Shorten it",
  unauthorized: "The token is not valid here. Mint one with a key of this server",
  token_expired: "The token has expired. Mint a new one, or pass `refreshToken`",
  forbidden: "The token does not allow this. Mint one with the right it takes",
  not_joined: "Join first: await `connect`",
  already_joined: "This connection has joined already. Use the room that `connect` gave",
  room_not_found: "There is no such room. Check its name",
  room_full: "The room is full. Wait for somebody to leave",
  room_locked: "The room is locked. Ask whoever leads it to unlock it",
  room_closed: "The call has ended. Join another room",
  bad_sdp: "The media description was refused. Report it together with `await room.stats()`",
  unknown_participant: "That person is not here any more. Look at `room.participants`",
  unknown_track: "That track is gone. Look at the participant's `tracks`",
  not_recording: "Nothing is being recorded. Start with `startRecording`",
  consent_required: "Somebody has not agreed to being recorded. Ask them, then start again",
  resume_expired: "One was away for too long. Join anew",
  rate_limited: "That was too often. Wait a moment, then try again",
  unavailable: "The server could not be reached. Check the address and the network, then try again",
  draining: "This server is about to stop. Connect again",
  internal: "The server made a mistake. Try again; its log says more",
  timeout: "The server did not answer in time. Check the network, then try again",
  connection_lost: "The connection was lost before the answer came. Try again once the room is `connected`",
  closed: "The call has ended. Join again with `connect`",
  left: "You left the call. Join again with `connect`",
  not_found: "That is over, or was never there. Look at the latest events",
  conflict: "That does not go together with what is so already. Look at the detail",
  wait_over: "Nobody was found in time. Enter the queue again",
  aborted: "Joining was given up. Call `connect` again to join",
  kicked: "You were taken out of the call. Ask whoever leads it",
  denied: "You were not let in. Ask whoever leads the call",
  replaced: "You joined from somewhere else. Go on there, or join again here",
  revoked: "Your access was withdrawn. Ask for a new token",
  device_denied: "The browser does not let this page use the device. Allow it next to the address",
  device_busy: "Another program is using the device. Close it, then try again",
  device_missing: "No such device was found. Plug one in, or choose another",
  insecure: "Camera and microphone need a secure address. Open the page by https",
};

/** What went wrong: `code` to branch on, `message` for people, `detail` in the server's or browser's own words. */
export class TandemError extends Error {
  /** @param {string} code @param {string} [detail] @param {{ retryAfter?: number }} [more] */
  constructor(code, detail = "", { retryAfter } = {}) {
    super(`${ADVICE[code] ?? "That did not work. Try again"}${detail ? ` (${detail.replace(/\.$/, "")})` : ""}.`);
    this.name = "TandemError";
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}
