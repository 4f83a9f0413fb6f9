// The house itself: workers with their load and headroom, keys, the audit log.

import { call, get, live, path } from "./api.js";
import { gauge, lines } from "./charts.js";
import { t } from "./language.js";
import { ask, badge, bits, button, code, complain, empty, h, keyed, moment, number, paged, percent, table, tell, write }
  from "./parts.js";

export function workers(main) {
  const total = h("p", { class: "quiet" });
  const list = h("div", { class: "people-cards" });
  main.append(h("h1", { tabindex: -1 }, t("workers")), total, list);
  const draw = () => {
    const { snapshot } = live;
    if (!snapshot) return;
    const free = snapshot.workers.reduce((sum, { load }) => sum + Math.max(0, snapshot.loadLimit - load), 0);
    write(total, snapshot.workers.length ? t("workers.total", { count: snapshot.workers.length, limit: percent(snapshot.loadLimit),
      free: percent(free / (snapshot.workers.length * snapshot.loadLimit)) }) : t("workers.none"));
    keyed(list, snapshot.workers, (one) => one.number, workerCard);
  };
  draw();
  return draw;
}

function workerCard({ number: index }) {
  const name = t("worker", { number: index });
  const mark = h("span", {});
  const bar = gauge(t("load"));
  const load = lines({ label: t("load"), most: 1, bound: () => live.snapshot.loadLimit });
  const traffic = lines({ label: t("packets"), classes: ["down", "up"] });
  const [packets, figures] = [h("span", { class: "flow" }), h("dl", { class: "figures" })];
  const cells = ["peers", "tracks", "subscriptions", "received", "sent", "lost", "headroom"].map((key) => {
    const value = h("dd", {});
    figures.append(h("div", {}, h("dt", {}, t(key)), value));
    return [key, value];
  });
  const card = h("section", { class: "card", "aria-label": name }, h("header", { class: "row between" }, h("h2", {}, name), mark), bar,
    h("div", { class: "charts" }, h("div", {}, h("span", { class: "quiet" }, t("load")), load),
      h("div", {}, h("span", { class: "quiet" }, t("packets"), " ", packets), traffic)), figures);
  card.update = (one) => {
    const { loadLimit } = live.snapshot;
    mark.replaceChildren(badge(percent(one.load), one.load >= loadLimit ? "bad" : one.load >= loadLimit * 0.8 ? "fair" : "good"));
    bar.update(one.load, loadLimit, percent(one.load));
    load.update([live.history(`worker ${index} load`)], percent(one.load));
    const words = `↓ ${number(Math.round(one.rates.in))}/s ↑ ${number(Math.round(one.rates.out))}/s`;
    write(packets, words);
    traffic.update([live.history(`worker ${index} in`), live.history(`worker ${index} out`)], words);
    const shown = { ...one, received: bits(one.rates.bitsIn), sent: bits(one.rates.bitsOut),
      headroom: percent(Math.max(0, loadLimit - one.load) / loadLimit) };
    for (const [key, value] of cells) write(value, typeof shown[key] === "number" ? number(shown[key]) : shown[key]);
  };
  return card;
}

export function keys(main) {
  const place = h("div", {});
  const make = button(t("key.create"), async () => {
    const note = await ask({ title: t("key.create"), text: t("key.create.text"), yes: t("key.create"), field: t("note") });
    if (note === null) return;
    const made = await call("POST", "/v1/keys", { note });
    await tell({ title: t("key.made"), content: h("div", { class: "stack" }, h("p", {}, t("key.made.text")),
      h("p", {}, `${t("key.word")}: `, code(made.id)), h("p", {}, `${t("secret")}: `, code(made.secret))) });
    await load();
  }, "primary");
  main.append(h("div", { class: "row between" }, h("h1", { tabindex: -1 }, t("keys")), make), place);
  async function load() {
    const { items } = await get("/v1/keys");
    place.replaceChildren(items.length ? table([t("key.word"), t("note"), t("source"), t("created"), t("state"), ""], items.map((key) => [
      code(key.id), key.note ?? "–", t(`key.${key.source}`), moment(key.createdAt),
      key.revokedAt ? badge(t("revoked"), "bad") : badge(t("valid"), "good"),
      key.source === "store" && !key.revokedAt ? button(t("revoke.one", { key: key.id }), async () => {
        if (await ask({ title: t("revoke.title", { key: key.id }), text: t("revoke.text"), yes: t("revoke") }) === null) return;
        await call("DELETE", path("keys", key.id));
        await load();
      }, "danger") : ""]), t("keys")) : empty(t("nothing")));
  }
  load().catch(complain);
}

export function audit(main) {
  const list = paged((cursor) => get(`/v1/audit?order=newest${cursor ? `&cursor=${cursor}` : ""}`), (items) => table(
    [t("at"), t("actor"), t("act"), t("target"), t("detail"), t("address")],
    items.map((one) => [moment(one.at), one.actor, code(one.action), one.target,
      Object.keys(one.detail ?? {}).length ? code(JSON.stringify(one.detail)) : "–", one.address ?? "–"]), t("audit")));
  main.append(h("div", { class: "row between" }, h("h1", { tabindex: -1 }, t("audit")),
    button(t("again"), () => list.load(true))), list.place);
  list.load(true).catch(complain);
}
