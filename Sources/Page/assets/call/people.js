// The people in the call: a tile for each of them and for each shown screen, the list in the side panel, and what a
// mentor can do about them.

import { $, call, complain, track } from "./common.js";
import { t } from "./language.js";

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

function marks({ handRaised, sending, quality }) {
  const signs = [];
  if (quality !== undefined) {
    const grade = quality >= 4 ? "good" : quality >= 3 ? "fair" : "poor";
    const sign = mark("bars", t(`quality.${grade}`));
    sign.dataset.grade = grade;
    signs.push(sign);
  }
  if (handRaised) signs.push(mark("hand", t("hand.raised")));
  if (!sending.microphone) signs.push(mark("mic", t("microphone.off"), true));
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
    name, who: t("you"), seen: sending.camera, signs: marks({ handRaised: me?.handRaised, sending }),
  });
  $("hand-button").setAttribute("aria-pressed", String(Boolean(me?.handRaised)));
}

const PATH_WORDS = { connecting: t("connecting"), broken: t("broken") };

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

/** The room asks the server for no more than the tile's size needs. */
function showPicture(tile, label, participant, source) {
  const video = tile.querySelector("video");
  video.setAttribute("aria-label", label);
  if (tile.detach) return;
  tile.detach = call.room.attach(video, participant, source);
}

function discard(tile) {
  tile.detach?.();
  tile.remove();
}

const screenOf = (id) => `${id} screen`;

export function showPeople() {
  const { room } = call;
  if (!room?.self) return;
  const others = [...room.participants.values()];
  const direct = room.info.topology === "p2p";
  for (const one of others) {
    const tile = tileOf(one.id);
    showPicture(tile, t("picture.of", one), one, "camera");
    const held = one.sending.camera && one.delivery?.camera?.state === "paused" ? one.delivery.camera.reason : undefined;
    fillTile(tile, { name: one.name, who: one.name, seen: one.sending.camera && !held, signs: marks(one) });
    const away = one.state === "reconnecting" ? t("away") : undefined;
    const text = away ?? (held && t(`held.${held}`)) ?? PATH_WORDS[direct ? tile.dataset.path : call.path];
    tile.querySelector(".tile-note").hidden = !text;
    tile.querySelector(".tile-note").textContent = text ?? "";
    if (!one.sending.screen) continue;
    const screen = tileOf(screenOf(one.id));
    screen.classList.add("screen");
    showPicture(screen, t("screen.of", one), one, "screen");
    fillTile(screen, { name: one.name, who: t("screen.of", one), seen: true, signs: [] });
  }
  const shown = new Set(others.flatMap(({ id, sending }) => (sending.screen ? [id, screenOf(id)] : [id])));
  for (const [key, tile] of tiles) {
    if (shown.has(key)) continue;
    discard(tile);
    tiles.delete(key);
  }
  $("alone").hidden = others.length > 0;
  $("stage").dataset.others = Math.min(tiles.size, 9);
  $("stage").classList.toggle("with-screen", others.some(({ sending }) => sending.screen));
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
  for (const tile of tiles.values()) discard(tile);
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

function silence(id) {
  const microphone = call.room.participants.get(id)?.tracks.find(({ source }) => source === "microphone");
  return microphone ? call.room.muteOther(id, microphone.id) : Promise.resolve();
}

function showList(others) {
  const { room } = call;
  const leads = room.self.role === "mentor";
  const waiting = [...room.waiting.values()];
  $("waiting-block").hidden = !waiting.length;
  $("waiting-list").replaceChildren(...waiting.map((one) => entry(one, t(one.role),
    [t("let.in"), "primary", (id) => room.admit(id)], [t("decline"), "", (id) => room.deny(id)])));
  $("people-list").replaceChildren(entry(room.self, `${t(room.self.role)} · ${t("you")}`), ...others.map((one) =>
    entry(one, one.state === "reconnecting" ? t("away") : t(one.role),
      ...(leads && one.sending.microphone ? [[t("mute"), "", (id) => silence(id)]] : []),
      ...(leads ? [[t("remove"), "danger", (id) => room.kick(id)]] : []))));
  $("host-tools").hidden = !leads;
  $("knocking").hidden = !waiting.length;
  $("knocking").textContent = waiting.length || "";
  $("people-button").setAttribute("aria-label",
    waiting.length ? t("people.waiting", { count: waiting.length }) : t("people"));
}

export function showRoom() {
  const { name, id, locked } = call.room.info;
  $("room-name").textContent = name || id;
  document.title = `${name || id} · Tandem`;
  $("locked").hidden = !locked;
  $("lock-button").setAttribute("aria-pressed", String(locked));
  $("lock-button").textContent = t(locked ? "unlock" : "lock");
  showPeople();
}
