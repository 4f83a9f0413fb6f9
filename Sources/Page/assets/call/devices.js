// Camera, microphone and screen: opening, switching and closing them, and showing which are on. The lobby and the
// call use the same devices, so that joining changes nothing.

import { $, banner, call, KINDS, track } from "./common.js";
import { t } from "./language.js";
import { showMe } from "./people.js";

const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const chosen = (source) => $(`${source}s`).value;
const constraints = (source) => ({
  ...(source === "camera" ? PICTURE : {}),
  ...(chosen(source) ? { deviceId: { ideal: chosen(source) } } : {}),
});

/** Why there is no camera or microphone, and that one can go on without. */
function deviceTrouble(error) {
  const code = { NotAllowedError: "denied", NotReadableError: "busy" }[error.name] ?? "missing";
  return t(`device.${code}`);
}

function note(text) {
  $("device-note").hidden = !text;
  $("device-note").textContent = text ?? "";
}

/** Opens the wanted devices that are not open yet; one that fails does not take the other with it. */
export async function openDevices() {
  const missing = Object.keys(KINDS).filter((source) => call.wanted[source] && !track(source));
  if (!missing.length) return;
  if (!navigator.mediaDevices) {
    note(t("device.insecure"));
    for (const source of missing) call.wanted[source] = false;
    return;
  }
  const open = (sources) => navigator.mediaDevices.getUserMedia(
    Object.fromEntries(sources.map((source) => [KINDS[source], constraints(source)])));
  note();
  try {
    adopt(await open(missing));
  } catch (error) {
    for (const source of missing) {
      try {
        if (missing.length === 1) throw error;
        adopt(await open([source]));
      } catch (reason) {
        call.wanted[source] = false;
        note(deviceTrouble(reason));
      }
    }
  }
}

function adopt(opened) {
  for (const one of opened.getTracks()) {
    call.stream.addTrack(one);
    one.onended = () => {
      call.stream.removeTrack(one);
      const source = one.kind === "audio" ? "microphone" : "camera";
      call.wanted[source] = false;
      call.room?.publish(source, null);
      banner(t("gone", { what: t(source) }), "bad", 6);
      showDevices();
    };
  }
}

export function closeDevice(source) {
  const one = track(source);
  if (!one) return;
  one.onended = null;
  one.stop();
  call.stream.removeTrack(one);
}

/** A muted microphone stays open, to be back at once; a camera that is off is really off, light and all. */
export async function toggle(source) {
  call.wanted[source] = !call.wanted[source];
  if (!call.wanted[source] && source === "camera") {
    await call.room?.publish(source, null);
    closeDevice(source);
  } else {
    await openDevices();
    const one = track(source);
    if (one) {
      one.enabled = call.wanted[source];
      await call.room?.publish(source, one);
    }
  }
  showDevices();
}

export async function switchDevice(source) {
  const wasOn = call.wanted[source];
  closeDevice(source);
  call.wanted[source] = true;
  await openDevices();
  if (!wasOn && source === "microphone" && track(source)) track(source).enabled = call.wanted[source] = false;
  await call.room?.publish(source, track(source) ?? null);
  showDevices();
}

export async function listDevices() {
  const found = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  for (const source of Object.keys(KINDS)) {
    const select = $(`${source}s`);
    const current = track(source)?.getSettings().deviceId ?? select.value;
    const devices = found.filter(({ kind, deviceId }) => kind === `${KINDS[source]}input` && deviceId);
    select.replaceChildren(...devices.map(({ deviceId, label }, index) =>
      new Option(label || `${t(source)} ${index + 1}`, deviceId)));
    if (!devices.length) select.append(new Option(t("none"), ""));
    select.disabled = !devices.length;
    if (devices.some(({ deviceId }) => deviceId === current)) select.value = current;
  }
}

export function showDevices() {
  for (const button of document.querySelectorAll("[data-toggle]")) {
    const source = button.dataset.toggle;
    const on = call.wanted[source] && Boolean(track(source));
    button.setAttribute("aria-pressed", String(on));
    button.title = t(on ? "is.on" : "is.off", { what: t(source) });
  }
  const seen = Boolean(track("camera"));
  // A stream without a picture would keep the page "loading" for ever.
  const shown = seen ? call.stream : null;
  for (const video of [$("preview"), $("self-view")]) if (video.srcObject !== shown) video.srcObject = shown;
  $("preview").hidden = !seen;
  $("preview-note").textContent = t(call.wanted.camera && !seen ? "camera.asking" : "camera.off");
  $("preview-note").hidden = seen;
  const possible = Boolean(navigator.mediaDevices?.getDisplayMedia) && call.room?.info?.topology !== "p2p";
  $("screen-button").hidden = !possible;
  $("screen-button").setAttribute("aria-pressed", String(Boolean(call.shared)));
  watchLevel();
  showMe();
}

/** Shows the screen, or a part of it, to the others; once more, and that ends. */
export async function toggleScreen() {
  if (call.shared) {
    await endSharing();
    return;
  }
  let opened;
  try {
    opened = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: true });
  } catch (error) {
    // Whoever closes the browser's dialogue has said all there is to say.
    if (error.name !== "NotAllowedError") throw error;
    return;
  }
  const [picture] = opened.getVideoTracks();
  const [sound] = opened.getAudioTracks();
  call.shared = opened;
  picture.onended = endSharing;
  await call.room?.publish("screen", picture);
  if (sound) await call.room?.publish("screen_audio", sound);
  showDevices();
}

export async function endSharing() {
  const opened = call.shared;
  if (!opened) return;
  call.shared = undefined;
  for (const one of opened.getTracks()) one.stop();
  for (const source of ["screen", "screen_audio"]) await call.room?.publish(source, null);
  showDevices();
}

function showLevel(level) {
  $("level").style.setProperty("--level", level.toFixed(2));
  $("level").setAttribute("aria-valuenow", Math.round(level * 100));
}

let meter;

/** The lobby's level meter: proof that the microphone hears something. */
export function watchLevel() {
  const one = track("microphone");
  if (meter?.track === one && Boolean(meter) === !$("lobby").hidden) return;
  if (meter) {
    cancelAnimationFrame(meter.frame);
    meter.context.close();
    meter = undefined;
  }
  showLevel(0);
  if (!one || $("lobby").hidden) return;
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(new MediaStream([one])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const mine = (meter = { track: one, context, frame: 0 });
  const measure = () => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // −60 dB to 0 dB become 0 to 1, which is closer to what an ear calls half as loud.
    showLevel(Math.max(0, 1 + Math.log10(power + 1e-9) / 6));
    mine.frame = requestAnimationFrame(measure);
  };
  measure();
}
