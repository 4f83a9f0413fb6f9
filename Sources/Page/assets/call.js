// The call page: lobby, call and the words around them. All of the protocol is in tandem.js; here is what a person
// sees. The token comes in the address's fragment, which no browser sends to a server, and leaves the address bar
// at once; it stays in this tab's session storage, so that a reload comes back into the call.

import { connect } from "/tandem.js";

const $ = (id) => document.getElementById(id);
const KEEP = "tandem.token";
const MESSAGES_KEPT = 500;

let token;
let claims = {};
let room;
let stream = new MediaStream();
let meter;
let startedAt;
let unread = 0;
const wanted = { microphone: true, camera: true };
const tiles = new Map();

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
const AGAIN = new Set(["left", "denied", "replaced", "room_locked", "room_full", "timeout", "unavailable",
  "connection_lost", "rate_limited", "draining", "internal", "resume_expired"]);
const words = ({ code, message }) => WORDS[code] ?? ["That did not work", message || "Please try again."];

function show(id) {
  for (const view of ["lobby", "call", "message"]) $(view).hidden = view !== id;
}

function say(title, paragraphs, action, run) {
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
function banner(text, kind = "info", seconds = 0) {
  clearTimeout(bannerTimer);
  $("banner").hidden = !text;
  $("banner").textContent = text ?? "";
  $("banner").dataset.kind = kind;
  if (text && seconds) bannerTimer = setTimeout(banner, seconds * 1000);
}

const complain = (error) => banner(words(error).join(". "), "bad", 6);
const code = (text) => Object.assign(document.createElement("code"), { textContent: text });

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

// --- Camera and microphone ----------------------------------------------------------------------------------------

const KINDS = { microphone: "audio", camera: "video" };
const track = (source) => stream.getTracks().find(({ kind }) => kind === KINDS[source]);
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const chosen = (source) => $(`${source}s`).value;
const constraints = (source) => ({
  ...(source === "camera" ? PICTURE : {}),
  ...(chosen(source) ? { deviceId: { ideal: chosen(source) } } : {}),
});

/** Why there is no camera or microphone, and that one can go on without. */
function deviceTrouble(error) {
  if (error.name === "NotAllowedError") {
    return "Your browser does not let this page use your camera or microphone. You can allow it next to the "
      + "address, or join without: you will see, hear and chat.";
  }
  if (error.name === "NotReadableError") {
    return "Another program is using your camera or microphone. Close it, or join without.";
  }
  return "No camera or microphone was found. You can join without: you will see, hear and chat.";
}

function note(text) {
  $("device-note").hidden = !text;
  $("device-note").textContent = text ?? "";
}

/** Opens the wanted devices that are not open yet; one that fails does not take the other with it. */
async function openDevices() {
  const missing = Object.keys(KINDS).filter((source) => wanted[source] && !track(source));
  if (!missing.length) return;
  if (!navigator.mediaDevices) {
    note("Camera and microphone need a secure address (https). You can still join to chat.");
    for (const source of missing) wanted[source] = false;
    return;
  }
  const open = (sources) => navigator.mediaDevices.getUserMedia(
    Object.fromEntries(sources.map((source) => [KINDS[source], constraints(source)])));
  note();
  try {
    adopt(await open(missing));
  } catch (error) {
    for (const source of missing) {
      try {
        if (missing.length === 1) throw error;
        adopt(await open([source]));
      } catch (reason) {
        wanted[source] = false;
        note(deviceTrouble(reason));
      }
    }
  }
}

function adopt(opened) {
  for (const one of opened.getTracks()) {
    stream.addTrack(one);
    one.onended = () => {
      stream.removeTrack(one);
      const source = one.kind === "audio" ? "microphone" : "camera";
      wanted[source] = false;
      room?.publish(source, null);
      banner(`Your ${source} is gone. Was it unplugged?`, "bad", 6);
      showDevices();
    };
  }
}

function closeDevice(source) {
  const one = track(source);
  if (!one) return;
  one.onended = null;
  one.stop();
  stream.removeTrack(one);
}

/** A muted microphone stays open, to be back at once; a camera that is off is really off, light and all. */
async function toggle(source) {
  wanted[source] = !wanted[source];
  if (!wanted[source] && source === "camera") {
    await room?.publish(source, null);
    closeDevice(source);
  } else {
    await openDevices();
    const one = track(source);
    if (one) {
      one.enabled = wanted[source];
      await room?.publish(source, one);
    }
  }
  showDevices();
}

async function switchDevice(source) {
  const wasOn = wanted[source];
  closeDevice(source);
  wanted[source] = true;
  await openDevices();
  if (!wasOn && source === "microphone" && track(source)) track(source).enabled = wanted[source] = false;
  await room?.publish(source, track(source) ?? null);
  showDevices();
}

async function listDevices() {
  const found = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  for (const source of Object.keys(KINDS)) {
    const select = $(`${source}s`);
    const current = track(source)?.getSettings().deviceId ?? select.value;
    const devices = found.filter(({ kind, deviceId }) => kind === `${KINDS[source]}input` && deviceId);
    select.replaceChildren(...devices.map(({ deviceId, label }, index) =>
      new Option(label || `${source === "camera" ? "Camera" : "Microphone"} ${index + 1}`, deviceId)));
    if (!devices.length) select.append(new Option(`No ${source}`, ""));
    select.disabled = !devices.length;
    if (devices.some(({ deviceId }) => deviceId === current)) select.value = current;
  }
}

function showDevices() {
  for (const button of document.querySelectorAll("[data-toggle]")) {
    const source = button.dataset.toggle;
    const on = wanted[source] && Boolean(track(source));
    button.setAttribute("aria-pressed", String(on));
    button.title = `${source === "camera" ? "Camera" : "Microphone"} is ${on ? "on" : "off"}`;
  }
  const seen = Boolean(track("camera"));
  // A stream without a picture would keep the page "loading" for ever.
  const shown = seen ? stream : null;
  for (const video of [$("preview"), $("self-view")]) if (video.srcObject !== shown) video.srcObject = shown;
  $("preview").hidden = !seen;
  $("preview-note").textContent = wanted.camera && !seen ? "Asking for your camera…" : "Your camera is off";
  $("preview-note").hidden = seen;
  watchLevel();
  showMe();
}

function showLevel(level) {
  $("level").style.setProperty("--level", level.toFixed(2));
  $("level").setAttribute("aria-valuenow", Math.round(level * 100));
}

/** The lobby's level meter: proof that the microphone hears something. */
function watchLevel() {
  const one = track("microphone");
  if (meter?.track === one && Boolean(meter) === !$("lobby").hidden) return;
  if (meter) {
    cancelAnimationFrame(meter.frame);
    meter.context.close();
    meter = undefined;
  }
  showLevel(0);
  if (!one || $("lobby").hidden) return;
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(new MediaStream([one])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const mine = (meter = { track: one, context, frame: 0 });
  const measure = () => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // −60 dB to 0 dB become 0 to 1, which is closer to what an ear calls half as loud.
    showLevel(Math.max(0, 1 + Math.log10(power + 1e-9) / 6));
    mine.frame = requestAnimationFrame(measure);
  };
  measure();
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
  document.title = "Join · Tandem";
  $("room-line").textContent = wantedRoom && wantedRoom !== "*" ? `Room ${wantedRoom}` : "";
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
  button.textContent = "Joining…";
  $("join-error").hidden = true;
  try {
    const query = new URLSearchParams(location.search);
    room = await connect({ token, name: $("name").value.trim() || undefined, room: query.get("room") ?? undefined });
    listen(room);
    for (const source of Object.keys(KINDS)) if (track(source)) await room.publish(source, track(source));
    stateChanged({ detail: { state: room.state } });
  } catch (error) {
    $("join-error").textContent = words(error).join(". ");
    $("join-error").hidden = false;
  } finally {
    button.disabled = false;
    button.textContent = "Join the call";
  }
}

function listen(joined) {
  const on = (type, act) => joined.addEventListener(type, (event) => joined === room && act(event));
  on("state", stateChanged);
  on("participant.joined", ({ detail }) => {
    if (joined.state === "connected" && startedAt) banner(`${detail.participant.name} joined`, "info", 3);
    showPeople();
  });
  on("participant.left", ({ detail }) => {
    if (detail.name) banner(`${detail.name} left`, "info", 3);
    showPeople();
  });
  for (const type of ["participant.updated", "media", "path", "waiting", "track.updated"]) on(type, showPeople);
  on("path", ({ detail }) => {
    const tile = tiles.get(detail.participant.id);
    if (tile) tile.dataset.path = detail.state;
    showPeople();
  });
  on("hand", ({ detail }) => {
    const who = joined.participants.get(detail.participant);
    if (who && detail.raised) banner(`${who.name} raised a hand`, "info", 4);
    showPeople();
  });
  on("room.updated", showRoom);
  on("chat", ({ detail }) => addMessage(detail));
  on("draining", () => banner("The server is about to restart. The call goes on.", "info", 10));
}

function stateChanged({ detail: { state, error } }) {
  if (state === "connected") {
    const first = !startedAt;
    startedAt ??= Date.now();
    show("call");
    banner(first ? null : "You are back", "good", first ? 0 : 2);
    showDevices();
    showRoom();
  } else if (state === "waiting") {
    say("Waiting to be let in", ["Whoever leads the call has been told that you are here. Keep this page open."],
      "Leave", leave);
  } else if (state === "reconnecting") {
    banner("The connection was lost. Reconnecting…", "bad");
  } else if (state === "closed") {
    ended(error);
  }
}

function ended(error) {
  banner();
  room = undefined;
  startedAt = undefined;
  for (const tile of tiles.values()) tile.remove();
  tiles.clear();
  $("messages").replaceChildren();
  openPanel();
  for (const source of Object.keys(KINDS)) closeDevice(source);
  show("message");
  watchLevel();
  const [title, text] = words(error);
  const again = AGAIN.has(error.code);
  if (!again) remember(null);
  say(title, [text], again ? "Join again" : null, () => {
    wanted.microphone = wanted.camera = true;
    enterLobby();
  });
}

function leave() {
  room?.leave();
}

// --- The call -----------------------------------------------------------------------------------------------------

const initials = (name) => (name ?? "?").split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0]).join("");

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A small sign with words for those who don't see it. */
function mark(name, text, crossed = false) {
  const sign = document.createElement("span");
  sign.className = crossed ? "mark crossed" : `mark ${name}`;
  sign.setAttribute("role", "img");
  sign.setAttribute("aria-label", text);
  sign.title = text;
  sign.append(icon(name));
  return sign;
}

function marks({ handRaised, sending }) {
  const signs = [];
  if (handRaised) signs.push(mark("hand", "Hand raised"));
  if (!sending.microphone) signs.push(mark("mic", "Microphone off", true));
  return signs;
}

function fillTile(tile, { name, who, seen, signs }) {
  tile.classList.toggle("blind", !seen);
  tile.querySelector(".initials").textContent = initials(name);
  tile.querySelector(".who").textContent = who;
  tile.querySelector(".marks").replaceChildren(...signs);
}

function showMe() {
  const me = room?.self;
  const sending = { microphone: wanted.microphone && Boolean(track("microphone")), camera: Boolean(track("camera")) };
  const name = me?.name ?? $("name").value;
  fillTile($("me"), {
    name, who: "You", seen: sending.camera, signs: marks({ handRaised: me?.handRaised, sending }),
  });
  $("hand-button").setAttribute("aria-pressed", String(Boolean(me?.handRaised)));
}

const PATH_WORDS = { connecting: "Connecting…", broken: "Finding a new way through the network…" };

function showPeople() {
  if (!room?.self) return;
  const others = [...room.participants.values()];
  for (const [id, tile] of tiles) {
    if (room.participants.has(id)) continue;
    tile.remove();
    tiles.delete(id);
  }
  for (const one of others) {
    let tile = tiles.get(one.id);
    if (!tile) {
      tile = $("tile").content.firstElementChild.cloneNode(true);
      tile.dataset.path = "connecting";
      tiles.set(one.id, tile);
      $("stage").insertBefore(tile, $("me"));
    }
    const video = tile.querySelector("video");
    video.setAttribute("aria-label", `Picture of ${one.name}`);
    if (video.srcObject !== one.stream) video.srcObject = one.stream;
    fillTile(tile, { name: one.name, who: one.name, seen: one.sending.camera, signs: marks(one) });
    const away = one.state === "reconnecting" ? "Reconnecting…" : undefined;
    const direct = room.info.topology === "p2p";
    const text = away ?? (direct ? PATH_WORDS[tile.dataset.path] : "Chat only: no sound and picture in this room");
    tile.querySelector(".tile-note").hidden = !text;
    tile.querySelector(".tile-note").textContent = text ?? "";
  }
  $("alone").hidden = others.length > 0;
  $("stage").dataset.others = Math.min(others.length, 5);
  showMe();
  showList(others);
}

function entry(participant, text, ...actions) {
  const line = document.createElement("li");
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = participant.name;
  const detail = document.createElement("small");
  detail.textContent = text;
  who.append(detail);
  line.append(who, ...actions.map(([label, kind, run]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = kind;
    button.textContent = label;
    button.setAttribute("aria-label", `${label}: ${participant.name}`);
    button.onclick = () => run(participant.id).catch(complain);
    return button;
  }));
  return line;
}

function showList(others) {
  const leads = room.self.role === "mentor";
  const waiting = [...room.waiting.values()];
  $("waiting-block").hidden = !waiting.length;
  $("waiting-list").replaceChildren(...waiting.map((one) => entry(one, one.role,
    ["Let in", "primary", (id) => room.admit(id)], ["Decline", "", (id) => room.deny(id)])));
  $("people-list").replaceChildren(entry(room.self, `${room.self.role} · you`), ...others.map((one) =>
    entry(one, one.state === "reconnecting" ? "reconnecting" : one.role,
      ...(leads ? [["Remove", "danger", (id) => room.kick(id)]] : []))));
  $("host-tools").hidden = !leads;
  $("knocking").hidden = !waiting.length;
  $("knocking").textContent = waiting.length || "";
  $("people-button").setAttribute("aria-label", waiting.length ? `People, ${waiting.length} waiting` : "People");
}

function showRoom() {
  const { name, id, locked } = room.info;
  $("room-name").textContent = name || id;
  document.title = `${name || id} · Tandem`;
  $("locked").hidden = !locked;
  $("lock-button").setAttribute("aria-pressed", String(locked));
  $("lock-button").textContent = locked ? "Unlock" : "Lock";
  showPeople();
}

function openPanel(which) {
  $("panel").hidden = !which;
  $("call").classList.toggle("with-panel", Boolean(which));
  for (const name of ["chat", "people"]) {
    $(`${name}-panel`).hidden = which !== name;
    $(`${name}-button`).setAttribute("aria-pressed", String(which === name));
  }
  if (which === "chat") {
    unread = 0;
    showUnread();
    $("chat-text").focus();
    $("messages").scrollTop = $("messages").scrollHeight;
  }
}

function togglePanel(which) {
  const open = $("panel").hidden || $(`${which}-panel`).hidden;
  openPanel(open ? which : undefined);
  if (!open) $(`${which}-button`).focus();
}

function showUnread() {
  $("unread").hidden = !unread;
  $("unread").textContent = unread || "";
  $("chat-button").setAttribute("aria-label", unread ? `Chat, ${unread} new` : "Chat");
}

function addMessage({ from, text, at }) {
  const mine = from === room.self.id;
  const list = $("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const line = document.createElement("li");
  line.className = mine ? "mine" : "";
  const head = document.createElement("small");
  const when = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  head.textContent = `${mine ? "You" : room.participants.get(from)?.name ?? "Somebody"} · ${when}`;
  const words = document.createElement("p");
  words.textContent = text;
  line.append(head, words);
  list.append(line);
  while (list.children.length > MESSAGES_KEPT) list.firstElementChild.remove();
  if (atEnd || mine) list.scrollTop = list.scrollHeight;
  if (!mine && $("chat-panel").offsetParent === null) {
    unread += 1;
    showUnread();
  }
}

async function sendMessage(event) {
  event.preventDefault();
  const field = $("chat-text");
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  try {
    await room.chat(text);
  } catch (error) {
    field.value ||= text;
    complain(error);
  }
}

function tick() {
  if (!startedAt) return;
  const seconds = Math.floor((Date.now() - startedAt) / 1000);
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
$("hand-button").addEventListener("click", () => room.hand(!room.self.handRaised).catch(complain));
$("lock-button").addEventListener("click", () => (room.info.locked ? room.unlock() : room.lock()).catch(complain));
$("end-button").addEventListener("click", () => room.end().catch(complain));
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

readToken();
enterLobby();
