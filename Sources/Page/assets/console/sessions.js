// Sessions: who met when, and why it went as it did.

import { get, path } from "./api.js";
import { s } from "./charts.js";
import { t } from "./language.js";
import { reloading } from "./matching.js";
import { badge, complain, duration, empty, h, link, moment, number, paged, roleName, score, table, words } from "./parts.js";

const KIND = { booked: undefined, running: "good", ended: "fair" };

export function sessions(main) {
  const filter = h("form", { class: "row find", submit: (event) => {
    event.preventDefault();
    list.load(true).catch(complain);
  } }, h("label", {}, h("span", {}, t("recordings.of")), h("input", { name: "identity", maxlength: 128, autocomplete: "off" })),
  h("button", {}, t("filter")));
  const list = paged((cursor) => {
    const query = new URLSearchParams();
    const identity = filter.querySelector("input").value.trim();
    if (identity) query.set("identity", identity);
    if (cursor) query.set("cursor", cursor);
    return get(`/v1/sessions?${query}`);
  }, (items) => table([t("session.word"), t("room.word"), t("state"), t("people"), t("begun"), t("together"), t("ended")],
    items.map((one) => [link(`#sessions/${encodeURIComponent(one.id)}`, one.id), one.room,
      badge(t(`session.${one.state}`), KIND[one.state]),
      [one.mentor, one.student].filter(Boolean).map((who) => who.name ?? who.identity).join(" – ") || "–",
      moment(one.startedAt ?? one.createdAt), duration(one.bothPresentSeconds * 1000), one.endReason ?? "–"]), t("sessions")));
  main.append(h("div", { class: "row between" }, h("h1", { tabindex: -1 }, t("sessions")), filter), list.place);
  return Object.assign(() => {}, { end: reloading(/^(\*|session\.)/, () => list.load(true)) });
}

export function session(main, id) {
  const place = h("div", { class: "stack" });
  main.append(h("p", {}, link("#sessions", `← ${t("sessions")}`)), h("h1", { tabindex: -1 }, id), place);
  let isOver = false;
  get(`${path("sessions", id)}/explain`).then((known) => {
    if (!isOver) place.append(...explained(known));
  }).catch((error) => (error.code === "not_found" ? place.append(empty(t("nothing"))) : complain(error)));
  return Object.assign(() => {}, { end: () => (isOver = true) });
}

function explained(known) {
  const from = Date.parse(known.startedAt ?? known.createdAt);
  const last = Math.max(from + 1000, Date.parse(known.endedAt ?? new Date().toISOString()),
    ...known.timeline.map(({ at }) => Date.parse(at)));
  return [
    h("p", { class: "row" }, badge(t(`session.${known.state}`), KIND[known.state]),
      link(`#rooms/${encodeURIComponent(known.room)}`, known.room), words(moment(known.startedAt ?? known.createdAt)),
      words(duration(last - from)), words(known.endReason)),
    h("section", { class: "card", "aria-label": t("timeline") }, h("h2", {}, t("timeline")), strip(known, from, last)),
    known.causes.length
      ? h("section", { class: "card" }, h("h2", {}, t("causes")), h("ul", { class: "causes" }, known.causes.map((one) =>
        h("li", {}, h("time", { datetime: one.from }, duration(Date.parse(one.from) - from)), score(one.lowestScore, one.fault),
          h("span", {}, one.text)))))
      : h("p", { class: "quiet" }, t("causes.none")),
    table([t("person"), t("role"), t("quality"), t("connected.after"), t("media.after"), t("moves"), t("breaks"), t("left")],
      known.participants.map((one) => [one.name ?? one.identity, roleName(one.role),
        one.quality ? h("span", {}, score(one.quality.average), ` (${t("lowest")} ${number(one.quality.lowest)})`) : "–",
        milliseconds(one.connectedAfterMilliseconds), milliseconds(one.firstMediaAfterMilliseconds), number(one.moves ?? 0),
        number((one.failures ?? 0) + (one.interruptions ?? 0)), one.leftAt ? `${moment(one.leftAt)} (${one.reason ?? "–"})` : "–"]),
      t("people")),
    h("section", { class: "card" }, h("h2", {}, t("events")), h("ol", { class: "timeline" }, known.timeline.map((line) =>
      h("li", { "data-kind": line.kind }, h("time", { datetime: line.at, title: moment(line.at) }, duration(line.offsetMilliseconds)),
        h("span", {}, line.text)))), known.truncated ? h("p", { class: "quiet" }, t("truncated")) : ""),
  ];
}

const milliseconds = (value) => (value === undefined || value === null ? "–" : `${number(value)} ms`);

/** A bar for each stay, red where something spoilt it, with a mark for each line of the time line. */
function strip(known, from, last) {
  const [width, lane] = [1000, 30];
  const x = (text) => ((Date.parse(text) - from) / (last - from)) * width;
  const rows = known.participants.map((one, index) => {
    const top = index * lane + 6;
    const end = one.leftAt ? x(one.leftAt) : width;
    return [
      s("rect", { class: "stay", x: x(one.joinedAt).toFixed(1), y: top, rx: 4, height: lane - 12,
        width: Math.max(2, end - x(one.joinedAt)).toFixed(1) }),
      ...known.causes.filter(({ participant }) => participant === one.id).map((cause) => s("rect", { class: "fault",
        x: x(cause.from).toFixed(1), y: top, height: lane - 12,
        width: Math.max(2, (cause.until ? x(cause.until) : end) - x(cause.from)).toFixed(1) })),
      ...known.timeline.filter(({ participant }) => participant === one.id).map((line) => s("path", { class: "tick",
        d: `M${x(line.at).toFixed(1)} ${top}v${lane - 12}` })),
    ];
  });
  const view = s("svg", { class: "strip", viewBox: `0 0 ${width} ${Math.max(1, rows.length) * lane}`, preserveAspectRatio: "none",
    role: "img" }, ...rows.flat());
  view.style.height = `${Math.max(1, rows.length) * lane}px`;
  view.ariaLabel = t("timeline.text", { people: known.participants.length, causes: known.causes.length });
  return h("div", { class: "stage" }, h("ul", { class: "lanes thin" }, known.participants.map((one) =>
    h("li", {}, h("span", {}, one.name ?? one.identity)))), view);
}
