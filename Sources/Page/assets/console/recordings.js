// Recordings: the list, and one of them with its player, its files, and what the law asks for.

import { call, get, live, path } from "./api.js";
import { t } from "./language.js";
import { reloading } from "./matching.js";
import { ask, badge, bytes, button, complain, duration, h, link, moment, notice, number, paged, percent, roleName, table, words }
  from "./parts.js";
import { player } from "./player.js";

const TOPICS = /^(\*|recording\.)/;
const KIND = { recording: "bad", processing: "fair", ready: "good", failed: "bad" };

export function recordings(main) {
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
    return get(`/v1/recordings?${query}`);
  }, (items) => table([t("recording.word"), t("room.word"), t("state"), t("begun"), t("length"), t("size"), t("hold")],
    items.map((one) => [link(`#recordings/${encodeURIComponent(one.id)}`, one.id), one.room,
      badge(state(one), KIND[one.state]), moment(one.startedAt), duration(one.durationMilliseconds), bytes(one.bytes),
      one.hold ? badge(one.hold, "fair") : "–"]), t("recordings")));
  main.append(h("div", { class: "row between" }, h("h1", { tabindex: -1 }, t("recordings")), filter), list.place);
  return Object.assign(() => {}, { end: reloading(TOPICS, () => list.load(true)) });
}

const state = (one) => t(`recording.${one.state}`) + (one.progress !== undefined ? ` ${percent(one.progress)}` : "");

export function recording(main, id) {
  const [head, place, people, files, actions] = [h("p", { class: "row" }), h("div", {}), h("div", {}), h("div", {}),
    h("div", { class: "row" })];
  main.append(h("p", {}, link("#recordings", `← ${t("recordings")}`)), h("h1", { tabindex: -1 }, id), head, place, people,
    h("h2", {}, t("files")), files, actions);
  let playing;
  let isComing = true;
  let isOver = false;

  const file = async (name) => (await call("POST", `${path("recordings", id)}/links`, { file: name })).url;

  async function load() {
    const one = await get(path("recordings", id));
    if (isOver) return;
    isComing = ["recording", "processing"].includes(one.state);
    head.replaceChildren(badge(state(one), KIND[one.state]), link(`#rooms/${encodeURIComponent(one.room)}`, one.room),
      link(`#sessions/${encodeURIComponent(one.session)}`, t("session.explain")), words(moment(one.startedAt)),
      words(duration(one.durationMilliseconds)), one.hold ? badge(`${t("hold")}: ${one.hold}`, "fair") : "");
    const names = one.files.map(({ name }) => name);
    if (!playing && names.includes("mix.opus") && names.includes("analysis.json")) {
      playing = true;
      const analysis = await get(`${path("recordings", id)}/analysis.json`);
      if (isOver) return;
      playing = player(await file("mix.opus"), analysis, one.tracks);
      place.replaceChildren(playing.element);
      people.replaceChildren(table([t("person"), t("role"), t("talked"), t("share"), t("turns"), t("longest"), t("interrupted")],
        analysis.speakers.map((who) => [who.name ?? who.identity, roleName(who.role), duration(who.talkMilliseconds),
          percent(who.share), number(who.turns), duration(who.longestTurnMilliseconds), number(who.interruptions)]),
        t("speakers")));
    }
    const all = [...one.files, ...one.tracks.filter(({ erasedAt }) => !erasedAt).map((track) =>
      ({ name: track.file, bytes: track.bytes, sha256: track.sha256 }))];
    files.replaceChildren(table([t("file"), t("size"), "SHA-256", t("download")], all.map(({ name, bytes: size, sha256 }) => [name,
      bytes(size), h("code", { title: sha256 ?? "" }, (sha256 ?? "–").slice(0, 12)),
      button(t("download.file", { name }), () => download(name))]), t("files")));
    actions.replaceChildren(...buttons(one));
  }

  async function download(name) {
    const url = await file(name);
    h("a", { href: url, download: `${id}-${name.replaceAll("/", "-")}` }).click();
  }

  const buttons = (one) => [
    button(t("archive"), () => download("archive.tar")),
    button(t("verify"), async () => {
      const verdict = await get(`${path("recordings", id)}/verify`);
      notice(verdict.sound ? t("verify.good") : `${t("verify.bad")} ${verdict.problems.join(" ")}`, verdict.sound ? "good" : "bad");
    }),
    one.hold
      ? button(t("release"), async () => {
        if (await ask({ title: t("release.title"), text: one.hold, yes: t("release") }) === null) return;
        await call("DELETE", `${path("recordings", id)}/hold`);
        await load();
      })
      : button(t("hold.put"), async () => {
        const reason = await ask({ title: t("hold.title"), text: t("hold.text"), yes: t("hold.put"), field: t("reason"), required: true });
        if (!reason) return;
        await call("PUT", `${path("recordings", id)}/hold`, { reason });
        await load();
      }),
    button(t("erase"), async () => {
      const reason = await ask({ title: t("erase.title"), text: t("erase.text"), yes: t("erase"), field: t("reason") });
      if (reason === null) return;
      await call("DELETE", `${path("recordings", id)}${reason ? `?reason=${encodeURIComponent(reason)}` : ""}`);
      notice(t("is.done", { what: t("erase") }), "good");
      location.hash = "#recordings";
    }, "danger"),
  ];

  // Somebody may have erased it: then there is nothing to load any more.
  const end = reloading(TOPICS, load);
  // Progress has no line in the log.
  const patience = setInterval(() => isComing && !document.hidden && live.state === "on" && load().catch(complain), 3000);
  return Object.assign(() => {}, { end: () => {
    isOver = true;
    clearInterval(patience);
    playing?.end?.();
    end();
  } });
}
