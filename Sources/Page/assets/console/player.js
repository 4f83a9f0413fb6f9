// The player of a recording: a lane for each speaker with the loudness of its voice, in its colour where it talks; the
// place that plays; turns to jump to. All of it by keyboard too.

import { s } from "./charts.js";
import { t } from "./language.js";
import { button, complain, duration, h } from "./parts.js";

const [WIDTH, LANE, COLUMNS] = [1000, 44, 500];
const STEPS = { ArrowLeft: -5, ArrowRight: 5, PageDown: -30, PageUp: 30 };
const SPEEDS = [1, 1.25, 1.5, 2, 0.75];

export function player(url, analysis, tracks) {
  const total = analysis.durationMilliseconds || 1;
  const speakers = analysis.speakers.map((one, index) => ({ ...one, index, name: one.name ?? one.identity }));
  const sound = h("audio", { src: url, preload: "metadata" });
  const x = (milliseconds) => (milliseconds / total) * WIDTH;

  const view = s("svg", { viewBox: `0 0 ${WIDTH} ${Math.max(1, speakers.length) * LANE}`, preserveAspectRatio: "none",
    "aria-hidden": true });
  view.style.height = `${Math.max(1, speakers.length) * LANE}px`;
  for (const { identity, index } of speakers) view.append(...lane(identity, index));
  const needle = s("path", { class: "needle" });
  view.append(needle);

  function lane(identity, index) {
    const middle = index * LANE + LANE / 2;
    const talk = analysis.segments.filter((one) => one.identity === identity);
    const heights = loudness(identity);
    const bars = (wanted) => heights.map((peak, column) => {
      const at = ((column + 0.5) / heights.length) * total;
      const talks = talk.some(({ start, end }) => at >= start - 50 && at <= end + 50);
      if (talks !== wanted) return "";
      const half = Math.max(0.6, peak * (LANE / 2 - 3));
      return `M${x(at).toFixed(1)} ${(middle - half).toFixed(1)}V${(middle + half).toFixed(1)}`;
    }).join("");
    return [
      ...talk.map(({ start, end }) => s("rect", { class: `segment voice-${index % 6}`, x: x(start).toFixed(1),
        y: index * LANE + 1, width: Math.max(1, x(end - start)).toFixed(1), height: LANE - 2 })),
      s("path", { class: "wave", d: bars(false) }), s("path", { class: `wave voice-${index % 6}`, d: bars(true) }),
    ];
  }

  /** Of all of a person's tracks, the loudest of each column, from 0 to 1. */
  function loudness(identity) {
    const { stepMilliseconds: step, tracks: waves } = analysis.waveform;
    const count = Math.max(1, Math.min(COLUMNS, Math.ceil(total / step)));
    const heights = new Array(count).fill(0);
    for (const { track, peaks } of waves) {
      const known = tracks.find(({ id }) => id === track);
      if (known?.identity !== identity || known.source === "screen_audio") continue;
      const levels = Uint8Array.from(atob(peaks), (one) => one.charCodeAt(0));
      levels.forEach((level, index) => {
        const column = Math.floor((index * step * count) / total);
        if (column < count) heights[column] = Math.max(heights[column], level / 255);
      });
    }
    const loudest = Math.max(...heights, 0.05);
    return heights.map((one) => one / loudest);
  }

  const track = h("div", { class: "waves", tabindex: 0, role: "slider", "aria-label": t("place"), "aria-valuemin": 0,
    "aria-valuemax": Math.round(total / 1000) }, view);
  const clock = h("span", { class: "clock" });
  const speaks = h("span", { class: "quiet" });
  const play = button(t("play"), async () => (sound.paused ? sound.play() : sound.pause()), "primary");
  const go = (milliseconds) => {
    sound.currentTime = Math.max(0, Math.min(milliseconds, total - 1)) / 1000;
    draw();
  };
  const at = () => sound.currentTime * 1000;
  const turn = (way) => {
    const starts = analysis.turns.map(({ start }) => start);
    const next = way > 0 ? starts.find((start) => start > at() + 50) : starts.findLast((start) => start < at() - 1000);
    go(next ?? (way > 0 ? total : 0));
  };
  const speed = button("1 ×", async () => {
    sound.playbackRate = SPEEDS[(SPEEDS.indexOf(sound.playbackRate) + 1) % SPEEDS.length];
    speed.textContent = `${sound.playbackRate} ×`;
  });
  speed.ariaLabel = t("speed");

  track.addEventListener("click", (event) => {
    const { left, width } = track.getBoundingClientRect();
    go(((event.clientX - left) / width) * total);
  });
  track.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (step !== undefined) go(at() + step * 1000);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(total);
    else if (event.key === " ") (sound.paused ? sound.play().catch(complain) : sound.pause());
    else return;
    event.preventDefault();
  });

  const turns = h("ol", { class: "turns" }, analysis.turns.map(({ identity, start, end }) => {
    const who = speakers.find((one) => one.identity === identity);
    return h("li", {}, h("button", { type: "button", click: () => go(start) },
      h("span", { class: `dot voice-${(who?.index ?? 0) % 6}` }), h("span", { class: "clock" }, duration(start)),
      h("span", {}, who?.name ?? identity), h("span", { class: "quiet" }, t("seconds", { count: ((end - start) / 1000).toFixed(1) }))));
  }));

  function draw() {
    const now = at();
    needle.setAttribute("d", `M${x(now).toFixed(1)} 0V${speakers.length * LANE}`);
    const words = `${duration(now)} / ${duration(total)}`;
    clock.textContent = words;
    track.ariaValueNow = String(Math.round(now / 1000));
    track.ariaValueText = words;
    const heard = speakers.filter(({ identity }) => analysis.segments.some((one) => one.identity === identity
      && one.start <= now && now < one.end));
    const text = heard.map(({ name }) => name).join(", ");
    if (speaks.textContent !== text) speaks.textContent = text;
    analysis.turns.forEach(({ start, end }, index) => {
      const isNow = now >= start && now < end;
      const line = turns.children[index];
      if (line.classList.contains("now") !== isNow) line.classList.toggle("now", isNow);
    });
  }
  let frame;
  const follow = () => {
    draw();
    if (!sound.paused) frame = requestAnimationFrame(follow);
  };
  for (const type of ["play", "pause", "ended"]) sound.addEventListener(type, () => {
    play.textContent = t(sound.paused ? "play" : "pause");
    follow();
  });
  sound.addEventListener("seeked", draw);
  sound.addEventListener("error", () => complain(new Error(t("play.failed"))));
  draw();

  const names = h("ul", { class: "lanes" }, speakers.map(({ name, index }) =>
    h("li", {}, h("span", { class: `dot voice-${index % 6}` }), h("span", {}, name))));
  const element = h("section", { class: "card player", "aria-label": t("player") }, sound,
    h("div", { class: "stage" }, names, track),
    h("div", { class: "row" }, play, button(t("turn.before"), async () => turn(-1)), button(t("turn.next"), async () => turn(1)),
      speed, clock, speaks),
    h("details", { open: analysis.turns.length <= 12 || undefined }, h("summary", {}, t("turns.all", { count: analysis.turns.length })), turns));
  return { element, end: () => {
    cancelAnimationFrame(frame);
    sound.pause();
    sound.removeAttribute("src");
    sound.load();
  } };
}
