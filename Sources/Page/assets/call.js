// The call page: lobby, call and the words around them. All of the protocol is in tandem.js; here is what a person
// sees. The token comes in the address's fragment, which no browser sends to a server, and leaves the address bar
// at once; it stays in this tab's session storage, so that a reload comes back into the call.

import { connect } from "./tandem.js";
import { $, AGAIN, banner, call, code, complain, KINDS, say, show, track } from "./call/common.js";
import { closeDevice, endSharing, listDevices, openDevices, showDevices, switchDevice, toggle, toggleScreen,
  watchLevel } from "./call/devices.js";
import { clearStage, pathChanged, showPeople, showRoom, showSpeakers } from "./call/people.js";
import { endRecording, showRecording, toggleRecording } from "./call/consent.js";
import { t, translate } from "./call/language.js";
import { showTalk } from "./call/meter.js";
import { words } from "./call/trouble.js";
import { addMessage, openPanel, sendMessage, togglePanel } from "./call/talk.js";

const KEEP = "tandem.token";

let token;
let claims = {};

// --- The token ---------------------------------------------------------------------------------------------------

function readToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  if (given) remember(given);
  token = given ?? recall();
  claims = {};
  try {
    const text = atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
    claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
  } catch {
    // Not a token we can read: the server will say so, in its own words.
  }
}

// Storage may be forbidden; then a reload simply asks for the link again.
function remember(value) {
  try {
    if (value) sessionStorage.setItem(KEEP, value);
    else sessionStorage.removeItem(KEEP);
  } catch { /* as above */ }
}

function recall() {
  try {
    return sessionStorage.getItem(KEEP);
  } catch {
    return null;
  }
}

// --- Joining ------------------------------------------------------------------------------------------------------

async function enterLobby() {
  if (!token) {
    say("You need a link to join", [
      "A call is opened by a personal link, which ends in a token. Ask whoever invited you for yours.",
      ["Are you running this server? ", code("tandem serve --dev"), " prints a link for a mentor and one for a "
        + "student; ", code("tandem token create"), " and ", code("POST /v1/sessions"), " make tokens for "
        + "your own users. Put one behind this address, as ", code(`${location.origin}/#token=…`)],
    ]);
    return;
  }
  show("lobby");
  const wantedRoom = claims.tandem?.room;
  document.title = `${t("join")} · Tandem`;
  $("room-line").textContent = wantedRoom && wantedRoom !== "*" ? t("room", { name: wantedRoom }) : "";
  $("name").value ||= claims.name ?? claims.sub ?? "";
  showDevices();
  await openDevices();
  showDevices();
  await listDevices();
}

async function join(event) {
  event?.preventDefault();
  const button = $("join-button");
  if (button.disabled) return;
  button.disabled = true;
  button.textContent = t("join.going");
  $("join-error").hidden = true;
  try {
    const query = new URLSearchParams(location.search);
    call.room = await connect({
      token,
      name: $("name").value.trim() || undefined,
      room: query.get("room") ?? undefined,
      tracks: { microphone: track("microphone"), camera: track("camera") },
    });
    listen(call.room);
    stateChanged({ detail: { state: call.room.state } });
  } catch (error) {
    $("join-error").textContent = words(error).join(". ");
    $("join-error").hidden = false;
  } finally {
    button.disabled = false;
    button.textContent = t("join.go");
  }
}

function listen(joined) {
  const on = (type, act) => joined.addEventListener(type, (event) => joined === call.room && act(event));
  on("state", stateChanged);
  on("participant.joined", ({ detail }) => {
    if (joined.state === "connected" && call.startedAt) banner(t("joined.one", detail.participant), "info", 3);
    showPeople();
  });
  on("participant.left", ({ detail }) => {
    if (detail.name) banner(t("left.one", detail), "info", 3);
    showPeople();
  });
  for (const type of ["participant.updated", "media", "waiting", "track.updated"]) on(type, showPeople);
  on("path", ({ detail }) => pathChanged(detail));
  on("speakers", ({ detail }) => showSpeakers(detail.speakers));
  on("hand", ({ detail }) => {
    const who = joined.participants.get(detail.participant);
    if (who && detail.raised) banner(t("hand.one", who), "info", 4);
    showPeople();
  });
  for (const type of ["recording", "consent"]) on(type, showRecording);
  on("talk", ({ detail }) => showTalk(detail));
  on("quality", showPeople);
  on("delivery", showPeople);
  on("room.updated", () => {
    showRoom();
    showRecording();
  });
  on("chat", ({ detail }) => addMessage(detail));
  on("draining", () => banner(t("draining"), "info", 10));
}

function stateChanged({ detail: { state, error } }) {
  if (state === "connected") {
    const first = !call.startedAt;
    call.startedAt ??= Date.now();
    show("call");
    banner(first ? null : t("back"), "good", first ? 0 : 2);
    showDevices();
    showRoom();
    showRecording();
  } else if (state === "waiting") {
    say(t("wait.title"), [t("wait.text")], t("leave.short"), leave);
  } else if (state === "reconnecting") {
    banner(t("lost"), "bad");
  } else if (state === "closed") {
    ended(error);
  }
}

function ended(error) {
  banner();
  call.room = undefined;
  call.startedAt = undefined;
  clearStage();
  endRecording();
  $("messages").replaceChildren();
  openPanel();
  for (const source of Object.keys(KINDS)) closeDevice(source);
  endSharing();
  show("message");
  watchLevel();
  const [title, text] = words(error);
  const again = AGAIN.has(error.code);
  if (!again) remember(null);
  say(title, [text], again ? t("join.again") : null, () => {
    call.wanted.microphone = call.wanted.camera = true;
    enterLobby();
  });
}

function leave() {
  call.room?.leave();
}

function tick() {
  if (!call.startedAt) return;
  const seconds = Math.floor((Date.now() - call.startedAt) / 1000);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  $("clock").textContent = `${hours ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

// --- Wiring -------------------------------------------------------------------------------------------------------

$("join").addEventListener("submit", join);
$("chat-form").addEventListener("submit", sendMessage);
$("leave-button").addEventListener("click", leave);
$("chat-button").addEventListener("click", () => togglePanel("chat"));
$("people-button").addEventListener("click", () => togglePanel("people"));
$("hand-button").addEventListener("click", () => call.room.hand(!call.room.self.handRaised).catch(complain));
$("screen-button").addEventListener("click", () => toggleScreen().catch(complain));
$("record-button").addEventListener("click", () => toggleRecording().catch(complain));
$("lock-button").addEventListener("click", () => {
  const { room } = call;
  (room.info.locked ? room.unlock() : room.lock()).catch(complain);
});
$("end-button").addEventListener("click", () => call.room.end().catch(complain));
for (const button of document.querySelectorAll("[data-toggle]")) {
  button.addEventListener("click", () => toggle(button.dataset.toggle).catch(complain));
}
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => togglePanel($("chat-panel").hidden ? "people" : "chat"));
}
for (const source of Object.keys(KINDS)) $(`${source}s`).addEventListener("change", () => switchDevice(source));
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && !$("panel").hidden) togglePanel($("chat-panel").hidden ? "people" : "chat");
});
navigator.mediaDevices?.addEventListener("devicechange", listDevices);
addEventListener("hashchange", () => location.hash && location.reload());
setInterval(tick, 1000);

translate();
readToken();
enterLobby();
