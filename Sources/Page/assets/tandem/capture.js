// Opening a microphone, a camera or a screen, so that what goes wrong is said in one way whatever the browser. The
// caller owns the track that it gets, and stops it.

import { TandemError } from "./errors.js";

const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const CODES = { NotAllowedError: "device_denied", SecurityError: "device_denied", NotReadableError: "device_busy",
  AbortError: "device_busy", NotFoundError: "device_missing", OverconstrainedError: "device_missing" };

/** Encoders blur a text that they take for a film: they are told what they get, unless the caller has said so. */
const HINTS = { camera: "motion", screen: "detail" };
export function hint(source, track) {
  if (track && "contentHint" in track && !track.contentHint && HINTS[source]) track.contentHint = HINTS[source];
}

/**
 * @param {"microphone" | "camera"} source @param {{ deviceId?: string, constraints?: MediaTrackConstraints }} [wishes]
 * @returns {Promise<MediaStreamTrack>}
 */
export async function openDevice(source, { deviceId, constraints } = {}) {
  if (!globalThis.navigator?.mediaDevices) throw new TandemError("insecure");
  const wanted = { ...(source === "camera" ? PICTURE : {}), ...constraints,
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}) };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ [source === "camera" ? "video" : "audio"]: wanted });
    return stream.getTracks()[0];
  } catch (error) {
    throw new TandemError(CODES[error.name] ?? "device_missing", error.message);
  }
}

/** Asks for a screen; `sound` is there only where the browser gives it. */
export async function openScreen(constraints = { video: true, audio: true }) {
  if (!globalThis.navigator?.mediaDevices?.getDisplayMedia) throw new TandemError("device_missing");
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(constraints);
    return { picture: stream.getVideoTracks()[0], sound: stream.getAudioTracks()[0] };
  } catch (error) {
    throw new TandemError(CODES[error.name] ?? "device_missing", error.message);
  }
}
