// What all parts of the call page share: the call's state, and how the page speaks to the person in front of it.

import { words } from "./trouble.js";

export const $ = (id) => document.getElementById(id);

/** The call, as far as more than one part of the page needs to know. */
export const call = {
  /** @type {import("../tandem.js").Room | undefined} */ room: undefined,
  /** What the person's own devices give. */ stream: new MediaStream(),
  wanted: { microphone: true, camera: true },
  /** The screen, while it is shown. @type {MediaStream | undefined} */ shared: undefined,
  startedAt: undefined,
  /** How the media connection to the server is. */ path: "connecting",
};

export const KINDS = { microphone: "audio", camera: "video" };
/** What one's own device of that kind gives, while it is open. */
export const track = (source) => call.stream.getTracks().find(({ kind }) => kind === KINDS[source]);

export const AGAIN = new Set(["left", "denied", "replaced", "room_locked", "room_full", "timeout", "unavailable",
  "connection_lost", "rate_limited", "draining", "internal", "resume_expired"]);

export function show(id) {
  for (const view of ["lobby", "call", "message"]) $(view).hidden = view !== id;
}

export function say(title, paragraphs, action, run) {
  show("message");
  document.title = `${title} · Tandem`;
  $("message-title").textContent = title;
  $("message-text").replaceChildren(...paragraphs.map((content) => {
    const line = document.createElement("p");
    line.append(...[content].flat());
    return line;
  }));
  const button = $("message-action");
  button.hidden = !action;
  button.textContent = action ?? "";
  button.onclick = run ?? null;
  $("message-title").focus();
}

let bannerTimer;
export function banner(text, kind = "info", seconds = 0) {
  clearTimeout(bannerTimer);
  $("banner").hidden = !text;
  $("banner").textContent = text ?? "";
  $("banner").dataset.kind = kind;
  if (text && seconds) bannerTimer = setTimeout(banner, seconds * 1000);
}

export const complain = (error) => banner(words(error).join(". "), "bad", 6);
export const code = (text) => Object.assign(document.createElement("code"), { textContent: text });
