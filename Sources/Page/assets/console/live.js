// What happens right now: all rooms with somebody in them, one room with its people, and moderation from outside.

import { call, get, live, path } from "./api.js";
import { lines } from "./charts.js";
import { t } from "./language.js";
import { ask, badge, bits, button, code, complain, empty, h, keyed, link, notice, number, percent, roleName, score, time,
  write } from "./parts.js";

/** What comes in and what goes out, in bit/s; a line may break between the two only. */
const flowing = (down, up) => [`↓ ${bits(down)}`, `↑ ${bits(up)}`].map((one) => one.replaceAll(" ", "\u00a0")).join(" ");
const flowOf = (one) => (one?.score === undefined ? t("no.media") : flowing(one.kbpsDown * 1000, one.kbpsUp * 1000));

// --- All rooms ----------------------------------------------------------------------------------------------------

export function rooms(main) {
  const tiles = h("div", { class: "tiles" });
  const list = h("div", { class: "rooms" });
  const note = h("p", { class: "quiet" });
  const news = h("ol", { class: "news" });
  const find = h("form", { class: "row find", submit: (event) => {
    event.preventDefault();
    const id = find.querySelector("input").value.trim();
    if (id) location.hash = `#rooms/${encodeURIComponent(id)}`;
  } }, h("label", {}, h("span", {}, t("room.find")), h("input", { name: "room", maxlength: 128, autocomplete: "off" })),
  h("button", {}, t("open")));
  main.append(h("div", { class: "row between" }, h("h1", { tabindex: -1 }, t("rooms")), find), tiles,
    h("div", { class: "split" }, h("section", { class: "stack", "aria-label": t("rooms.live") }, note, list),
      h("section", { class: "card news-card", "aria-label": t("news") }, h("h2", {}, t("news")), news)));

  const figures = [
    tile(t("rooms.live"), ["rooms"], ({ totals }) => number(totals.activeRooms)),
    tile(t("people"), ["participants"], ({ totals }) => number(totals.participants)),
    tile(t("traffic"), ["packets"], ({ rates }) => flowing(rates.bitsIn, rates.bitsOut)),
    tile(t("load"), ["load"], ({ workers }) => percent(Math.max(0, ...workers.map(({ load }) => load))), 1),
    tile(t("queue.waits"), ["waiting"], ({ queue }) => (queue ? number(queue.waitingStudents) : "–")),
  ];
  tiles.append(...figures);

  const draw = () => {
    const { snapshot } = live;
    if (!snapshot) return;
    for (const figure of figures) figure.update(snapshot);
    const shown = [...snapshot.rooms].sort((a, b) => (a.id < b.id ? -1 : 1));
    keyed(list, shown, ({ id }) => id, roomCard);
    const { activeRooms } = snapshot.totals;
    write(note, shown.length ? shown.length < activeRooms ? t("rooms.some", { shown: shown.length, all: activeRooms }) : ""
      : t("rooms.none"));
    note.hidden = !note.textContent;
    keyed(news, live.events.slice(0, 40), ({ id }) => id, newsLine);
  };
  draw();
  return draw;
}

function tile(name, series, value, most) {
  const text = h("strong", {});
  const chart = lines({ label: name, most });
  const element = h("div", { class: "tile" }, h("span", { class: "quiet" }, name), text, chart);
  element.update = (snapshot) => {
    write(text, value(snapshot));
    chart.update(series.map((one) => live.history(one)), value(snapshot));
  };
  return element;
}

function newsLine(event) {
  const who = event.data?.participant?.name ?? event.data?.participant?.identity ?? event.data?.name;
  return h("li", {}, h("time", { datetime: event.at }, time(event.at)), code(event.type),
    event.room ? link(`#rooms/${encodeURIComponent(event.room)}`, event.room) : "",
    typeof who === "string" ? h("span", {}, who) : "");
}

function roomCard({ id }) {
  const title = h("h2", {}, link(`#rooms/${encodeURIComponent(id)}`, id));
  const name = h("span", { class: "quiet" });
  const marks = h("span", { class: "row" });
  const people = h("ul", { class: "people" });
  const card = h("section", { class: "card room", "aria-label": t("room", { name: id }) },
    h("header", { class: "row between" }, h("div", {}, title, name), marks), people);
  card.update = (room) => {
    write(name, room.name && room.name !== id ? room.name : "");
    marks.replaceChildren(...roomMarks(room));
    keyed(people, room.people, (one) => one.id, personLine);
  };
  return card;
}

const roomMarks = (room) => [
  badge(room.topology),
  ...(room.locked ? [badge(t("locked"), "fair")] : []),
  ...(["recording", "waiting_for_consent"].includes(room.recording) ? [badge(t(`recording.${room.recording}`), "bad")] : []),
  badge(t("count", { count: room.count })),
];

function personLine({ id }) {
  const [name, role, mark, flow] = [h("strong", {}), h("span", { class: "quiet" }), h("span", {}), h("span", { class: "flow" })];
  const chart = lines({ label: t("bitrate"), classes: ["down", "up"] });
  const line = h("li", {}, h("div", { class: "who" }, name, role), mark, flow, chart);
  line.update = (one) => {
    write(name, one.name);
    write(role, `${roleName(one.role)}${one.state === "reconnecting" ? ` · ${t("reconnecting")}` : ""}`);
    mark.replaceChildren(score(one.score, one.fault));
    const words = flowOf(one);
    write(flow, words);
    chart.update([live.history(`${id} down`), live.history(`${id} up`)], words);
  };
  return line;
}

// --- One room -----------------------------------------------------------------------------------------------------

export function room(main, id) {
  const marks = h("span", { class: "row" });
  const actions = h("div", { class: "row" });
  const people = h("div", { class: "people-cards" });
  const more = h("p", { class: "quiet" });
  main.append(h("p", {}, link("#rooms", `← ${t("rooms")}`)),
    h("div", { class: "row between" }, h("h1", { tabindex: -1 }, t("room", { name: id })), marks), more, actions, people);
  let known;
  let timer;
  let isOver = false;

  async function load() {
    try {
      known = await get(path("rooms", id));
    } catch (error) {
      if (isOver) return;
      if (error.code !== "room_not_found") return complain(error);
      known = undefined;
      for (const one of [marks, actions, more]) one.replaceChildren();
      people.replaceChildren(empty(t("room.none", { name: id })));
      return;
    }
    if (!isOver) draw();
  }

  const act = (text, run, question, kind) => button(text, async () => {
    if (question && (await ask({ ...question, yes: text })) === null) return;
    await run();
    notice(t("is.done", { what: text }), "good");
    await load();
  }, kind);

  function draw() {
    const room = { ...known, recording: known.recording.state, count: known.participantCount };
    const isRecording = ["recording", "waiting_for_consent"].includes(room.recording);
    marks.replaceChildren(...roomMarks(room));
    more.replaceChildren(room.name && room.name !== id ? `${room.name} ` : "",
      ...(known.session ? [link(`#sessions/${encodeURIComponent(known.session)}`, t("session.explain"))] : []));
    const state = JSON.stringify([room.locked, isRecording]);
    // Made anew only where it changed: whoever stands on a button stays there.
    if (actions.dataset.state !== state) {
      actions.dataset.state = state;
      actions.replaceChildren(
        act(t(room.locked ? "unlock" : "lock"), () => call("PATCH", path("rooms", id), { locked: !room.locked })),
        isRecording
          ? act(t("record.stop"), () => call("DELETE", path("rooms", id, "recording")),
            { title: t("record.stop.title"), text: t("record.stop.text") }, "danger")
          : act(t("record"), () => call("POST", path("rooms", id, "recording"), {})),
        act(t("close"), () => call("DELETE", path("rooms", id)),
          { title: t("close.title", { name: id }), text: t("close.text", { count: room.count }) }, "danger"));
    }
    const now = live.snapshot?.rooms.find((one) => one.id === id)?.people ?? [];
    const shown = known.participants.map((one) => ({ ...one, now: now.find((other) => other.id === one.id) }));
    if (people.firstElementChild?.matches(".empty")) people.replaceChildren();
    if (shown.length) keyed(people, shown, (one) => one.id, personCard);
    else people.replaceChildren(empty(t("room.empty")));
  }

  function personCard(one) {
    const [state, mark, flow] = [h("span", { class: "quiet" }), h("span", {}), h("span", { class: "flow" })];
    const quality = lines({ label: t("quality"), most: 5, least: 1 });
    const bitrate = lines({ label: t("bitrate"), classes: ["down", "up"] });
    const tracks = h("ul", { class: "tracks" });
    const person = path("rooms", id, "participants", one.id);
    const card = h("section", { class: "card person", "aria-label": one.name },
      h("header", { class: "row between" }, h("div", {}, h("h2", {}, one.name), state), mark),
      h("div", { class: "charts" }, h("div", {}, h("span", { class: "quiet" }, t("quality")), quality),
        h("div", {}, h("span", { class: "quiet" }, t("bitrate"), " ", flow), bitrate)),
      tracks, one.state !== "waiting" && h("div", { class: "row end" },
        act(t("kick"), () => call("DELETE", person),
          { title: t("kick.title", { name: one.name }), text: t("kick.text") }, "danger")));
    card.update = (fresh) => {
      const { now } = fresh;
      write(state, `${fresh.identity} · ${roleName(fresh.role)}${fresh.state === "active" ? "" : ` · ${t(fresh.state)}`}`);
      mark.replaceChildren(score(now?.score, now?.fault));
      write(flow, flowOf(now));
      quality.update([live.history(`${one.id} score`)], now?.score === undefined ? t("no.media") : number(now.score));
      bitrate.update([live.history(`${one.id} down`), live.history(`${one.id} up`)], flow.textContent);
      keyed(tracks, fresh.tracks, (track) => `${track.id} ${track.muted}`, (track) => h("li", {},
        h("span", {}, t(`source.${track.source}`)), h("span", { class: "quiet" }, track.codec),
        // Whether they are heard again is theirs to say.
        track.muted ? badge(t("muted"), "fair") : act(t("mute"), () => call("POST", `${person}/mute`, { track: track.id }))));
    };
    return card;
  }

  const changed = ({ detail }) => {
    if (detail.room !== id && detail.type !== "*") return;
    clearTimeout(timer);
    timer = setTimeout(load, 300);
  };
  live.addEventListener("log", changed);
  load();
  // Tracks come and go without a line in the log: how many there are is in the snapshot.
  let seen;
  const update = () => {
    const now = live.snapshot?.rooms.find((one) => one.id === id);
    const shape = now && JSON.stringify([now.locked, now.recording,
      now.people.map((one) => [one.id, one.state, one.tracks, one.muted])]);
    if (seen !== undefined && shape !== seen) changed({ detail: { room: id } });
    seen = shape;
    if (known) draw();
  };
  update.end = () => {
    isOver = true;
    clearTimeout(timer);
    live.removeEventListener("log", changed);
  };
  return update;
}
