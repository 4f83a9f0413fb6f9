// What all parts of the call page share: the call's state, and how the page speaks to the person in front of it.

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

/** What each code means to somebody who has never heard of codes. */
const WORDS = {
  unauthorized: ["This link is not valid", "It may have been copied incompletely. Ask for a new one."],
  token_expired: ["This link has expired", "Links to a call are good for a limited time. Ask for a new one."],
  forbidden: ["This link does not open this call", "Ask whoever invited you for the right link."],
  room_locked: ["The call is locked", "Whoever leads it has closed the door. Ask to be let in, then try again."],
  room_full: ["The call is full", "There is no free place at the moment."],
  room_closed: ["The call has ended", "Thank you for being here."],
  room_not_found: ["There is no such call", "It may have ended already."],
  kicked: ["You were taken out of the call", "Whoever leads the call has removed you."],
  denied: ["You were not let in", "Whoever leads the call has declined your request."],
  replaced: ["You joined from somewhere else", "The call goes on in the other window or on the other device."],
  revoked: ["Your access was withdrawn", "Ask whoever invited you for a new link."],
  left: ["You left the call", "You can come back as long as it goes on."],
  closed: ["The call has ended", "Thank you for being here."],
  timeout: ["The server does not answer", "Check your connection and try again."],
  unavailable: ["The server can't be reached", "Check your connection and try again."],
  connection_lost: ["The connection was lost", "Check your network and try again."],
  rate_limited: ["Too many tries", "Please wait a moment, then try again."],
};
export const AGAIN = new Set(["left", "denied", "replaced", "room_locked", "room_full", "timeout", "unavailable",
  "connection_lost", "rate_limited", "draining", "internal", "resume_expired"]);
export const words = ({ code, message }) => WORDS[code] ?? ["That did not work", message || "Please try again."];

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
