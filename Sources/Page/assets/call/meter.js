// Who has spoken how much, as a bar with one part for each person. Everybody sees the same.

import { $, call } from "./common.js";
import { t } from "./language.js";

export function showTalk({ participants }) {
  const { room } = call;
  const parts = participants.map(({ participant, share }) => {
    const mine = participant === room.self.id;
    const name = mine ? t("you") : room.participants.get(participant)?.name;
    return { mine, name, share: Math.round(share * 100) };
  }).filter(({ name }) => name);
  $("talk").hidden = !parts.length;
  $("talk").ariaLabel = `${t("talk")}: ${parts.map((part) => t("talk.share", part)).join(", ")}`;
  $("talk").title = $("talk").ariaLabel;
  $("talk").replaceChildren(...parts.map(({ mine, name, share }) => {
    const bar = document.createElement("span");
    bar.className = mine ? "part mine" : "part";
    bar.style.setProperty("--share", share);
    bar.textContent = t("talk.share", { name, share });
    return bar;
  }));
}
