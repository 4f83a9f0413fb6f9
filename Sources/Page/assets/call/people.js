// The people in the call: a tile for each of them and for each shown screen, the list in the side panel, and what a
// mentor can do about them.

import { $, call, complain, track } from "./common.js";

/** By participant id, or that and " screen". */
const tiles = new Map();

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

export function showMe() {
  const { room, wanted } = call;
  const me = room?.self;
  const sending = { microphone: wanted.microphone && Boolean(track("microphone")), camera: Boolean(track("camera")) };
  const name = me?.name ?? $("name").value;
  fillTile($("me"), {
    name, who: "You", seen: sending.camera, signs: marks({ handRaised: me?.handRaised, sending }),
  });
  $("hand-button").setAttribute("aria-pressed", String(Boolean(me?.handRaised)));
}

const PATH_WORDS = { connecting: "Connecting…", broken: "Finding a new way through the network…" };

/** The tile of that name, made if it is not there yet. */
function tileOf(key) {
  let tile = tiles.get(key);
  if (!tile) {
    tile = $("tile").content.firstElementChild.cloneNode(true);
    tile.dataset.path = "connecting";
    tiles.set(key, tile);
    $("stage").insertBefore(tile, $("me"));
  }
  return tile;
}

function showPicture(tile, label, stream) {
  const video = tile.querySelector("video");
  video.setAttribute("aria-label", label);
  if (video.srcObject !== stream) video.srcObject = stream;
}

const screenOf = (id) => `${id} screen`;

export function showPeople() {
  const { room } = call;
  if (!room?.self) return;
  const others = [...room.participants.values()];
  const direct = room.info.topology === "p2p";
  for (const one of others) {
    const tile = tileOf(one.id);
    showPicture(tile, `Picture of ${one.name}`, one.stream);
    fillTile(tile, { name: one.name, who: one.name, seen: one.sending.camera, signs: marks(one) });
    const away = one.state === "reconnecting" ? "Reconnecting…" : undefined;
    const text = away ?? PATH_WORDS[direct ? tile.dataset.path : call.path];
    tile.querySelector(".tile-note").hidden = !text;
    tile.querySelector(".tile-note").textContent = text ?? "";
    if (!one.sending.screen) continue;
    const screen = tileOf(screenOf(one.id));
    screen.classList.add("screen");
    showPicture(screen, `Screen of ${one.name}`, one.screen);
    fillTile(screen, { name: one.name, who: `${one.name}’s screen`, seen: true, signs: [] });
  }
  const shown = new Set(others.flatMap(({ id, sending }) => (sending.screen ? [id, screenOf(id)] : [id])));
  for (const [key, tile] of tiles) {
    if (shown.has(key)) continue;
    tile.remove();
    tiles.delete(key);
  }
  $("alone").hidden = others.length > 0;
  $("stage").dataset.others = Math.min(tiles.size, 5);
  showMe();
  showList(others);
}

/** Who is being heard at the moment. */
export function showSpeakers(speakers) {
  const heard = new Set(speakers.map(({ participant }) => participant));
  for (const [key, tile] of tiles) tile.classList.toggle("speaking", heard.has(key));
  $("me").classList.toggle("speaking", heard.has(call.room.self.id));
}

export function pathChanged({ participant, state }) {
  if (!participant) call.path = state;
  else if (tiles.has(participant.id)) tiles.get(participant.id).dataset.path = state;
  showPeople();
}

export function clearStage() {
  for (const tile of tiles.values()) tile.remove();
  tiles.clear();
  call.path = "connecting";
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
  const { room } = call;
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

export function showRoom() {
  const { name, id, locked } = call.room.info;
  $("room-name").textContent = name || id;
  document.title = `${name || id} · Tandem`;
  $("locked").hidden = !locked;
  $("lock-button").setAttribute("aria-pressed", String(locked));
  $("lock-button").textContent = locked ? "Unlock" : "Lock";
  showPeople();
}
