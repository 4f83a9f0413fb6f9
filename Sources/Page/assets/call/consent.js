// Recording, as people meet it: the question in plain words, the red mark while it runs, and the way back. Nobody is
// asked twice for the same recording; who has said no can change their mind in the list of people.

import { $, banner, call, complain } from "./common.js";
import { t } from "./language.js";

/** Names the words of the question; what was agreed to is kept by it. */
const TEXT_VERSION = "call-page-1";
/** Whether this person has been asked, since the last time that nothing was recorded. */
let asked = false;
let before = "stopped";

export function showRecording() {
  const { room } = call;
  if (!room?.self) return;
  const { state = "stopped" } = room.info.recording ?? {};
  const runs = state === "recording";
  const waits = state === "waiting_for_consent";
  $("recording-mark").hidden = !runs && !waits;
  $("recording-mark").dataset.state = state;
  $("recording-text").textContent = t(runs ? "recording" : "record.waits");
  $("record-button").hidden = room.self.role !== "mentor";
  $("record-button").setAttribute("aria-pressed", String(runs || waits));
  $("consent-button").hidden = (!runs && !waits) || room.self.role === "observer";
  $("consent-button").textContent = t(room.self.consent ? "consent.back" : "consent.give");
  if (waits && room.self.role !== "observer" && room.self.consent === undefined && !asked) {
    asked = true;
    if (!$("consent-dialog").open) $("consent-dialog").showModal();
  }
  if (!waits && !runs) {
    asked = false;
    if ($("consent-dialog").open) $("consent-dialog").close();
  }
  if (state !== before && state === "failed") banner(t("record.failed"), "bad", 6);
  if (state !== before && state === "stopped") banner(t("record.stopped"), "info", 3);
  before = state;
}

async function decide(agreed) {
  $("consent-dialog").close();
  await call.room?.consent(agreed, { textVersion: TEXT_VERSION }).catch(complain);
  showRecording();
}

export async function toggleRecording() {
  const { room } = call;
  const runs = ["recording", "waiting_for_consent"].includes(room.info.recording?.state);
  await (runs ? room.stopRecording() : room.startRecording());
}

export function endRecording() {
  asked = false;
  before = "stopped";
  if ($("consent-dialog").open) $("consent-dialog").close();
}

$("consent-yes").addEventListener("click", () => decide(true));
$("consent-no").addEventListener("click", () => decide(false));
$("consent-dialog").addEventListener("cancel", () => decide(false));
$("consent-button").addEventListener("click", () => decide(!call.room.self.consent));
