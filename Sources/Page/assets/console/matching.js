// The queue as it stands, open matches, and why two of them belong together.

import { get, live, path } from "./api.js";
import { t } from "./language.js";
import { badge, complain, duration, empty, h, link, moment, number, paged, roleName, table, words, write } from "./parts.js";

const TOPICS = /^(\*|match\.|queue\.)/;

/** Loads again behind events that concern it, at most every two seconds. */
export function reloading(topics, load) {
  let timer;
  const changed = ({ detail }) => {
    if (topics.test(detail.type)) timer ??= setTimeout(() => {
      timer = undefined;
      load().catch(complain);
    }, 2000);
  };
  live.addEventListener("log", changed);
  load().catch(complain);
  return () => {
    clearTimeout(timer);
    live.removeEventListener("log", changed);
  };
}

const matchLink = (id) => link(`#matches/${encodeURIComponent(id)}`, id);

export function queue(main) {
  const totals = h("p", { class: "quiet" });
  const place = h("div", {});
  main.append(h("h1", { tabindex: -1 }, t("queue")), totals, place);
  const waiting = paged((cursor) => get(`/v1/queue${cursor ? `?cursor=${cursor}` : ""}`), (items) => table(
    [t("person"), t("role"), t("state"), t("waited"), t("position"), t("estimate"), t("match")],
    items.map((one) => [one.name ? `${one.name} (${one.identity})` : one.identity, roleName(one.role),
      badge(t(`queue.${one.state}`), one.connected ? "good" : "fair"), duration(one.waitedSeconds * 1000),
      one.position ?? "–", one.estimatedSeconds === null || one.estimatedSeconds === undefined ? "–"
        : duration(one.estimatedSeconds * 1000), one.match ? matchLink(one.match) : "–"]), t("queue")));
  place.append(waiting.place);
  let count;
  const update = () => {
    const now = live.snapshot?.queue;
    if (!now) return;
    write(totals, t("queue.totals", now));
    // Who comes and goes has no line in the log: the snapshot's totals tell.
    const text = JSON.stringify(now);
    if (count !== undefined && text !== count) waiting.load(true).catch(complain);
    count = text;
  };
  update();
  update.end = reloading(TOPICS, () => waiting.load(true));
  return update;
}

export function matches(main) {
  const open = paged((cursor) => get(`/v1/matches${cursor ? `?cursor=${cursor}` : ""}`), (items) => table(
    [t("match"), t("state"), t("mentor"), t("students"), t("subject"), t("room.word"), t("since")],
    items.map((one) => [matchLink(one.match), badge(t(`match.${one.state}`)), one.mentor, one.students.join(", "),
      one.subject ?? "–", one.room ? link(`#rooms/${encodeURIComponent(one.room)}`, one.room) : "–", moment(one.offeredAt)]),
    t("matches")));
  const past = h("ol", { class: "news" });
  main.append(h("h1", { tabindex: -1 }, t("matches")), open.place,
    h("section", { class: "card" }, h("h2", {}, t("matches.news")), past));
  const draw = () => {
    const news = live.events.filter(({ type }) => type.startsWith("match.")).slice(0, 20);
    past.replaceChildren(...news.map(({ at, type, data }) => h("li", {}, h("time", { datetime: at }, moment(at)),
      h("code", {}, type), data.match ? matchLink(data.match) : "")));
    if (!news.length) past.replaceChildren(h("li", {}, t("nothing.yet")));
  };
  draw();
  draw.end = reloading(TOPICS, () => open.load(true));
  return draw;
}

export function match(main, id) {
  const place = h("div", { class: "stack" });
  main.append(h("p", {}, link("#matches", `← ${t("matches")}`)), h("h1", { tabindex: -1 }, id), place);
  const end = reloading(/^(\*|match\.)/, async () => {
    const one = await get(path("matches", id));
    const reasons = (one.offer?.students ?? []).flatMap((student) => (student.reasons ?? []).map((reason) =>
      [student.person ?? "", reason.part, number(reason.value), number(reason.weight), reason.words]));
    place.replaceChildren(
      h("p", { class: "row" }, badge(t(`match.${one.state}`)), words(`${one.mentor} – ${one.students.join(", ")}`),
        words(one.subject), words(moment(one.offeredAt)), words(one.reason),
        one.session ? link(`#sessions/${encodeURIComponent(one.session)}`, t("session.explain")) : ""),
      reasons.length ? table([t("person"), t("part"), t("value"), t("weight"), t("words")], reasons, t("reasons"))
        : empty(t("nothing")));
  });
  return Object.assign(() => {}, { end });
}
