// The operator's console: signing in, the views and the way from one to the other. What a view shows is in its module
// under console/; how they speak to the server in console/api.js.

import { live } from "./console/api.js";
import { audit, keys, workers } from "./console/house.js";
import { t, translate } from "./console/language.js";
import { room, rooms } from "./console/live.js";
import { match, matches, queue } from "./console/matching.js";
import { complain, h, sentence, write } from "./console/parts.js";
import { recording, recordings } from "./console/recordings.js";
import { session, sessions } from "./console/sessions.js";
import { tryIt } from "./console/tryit.js";

const $ = (id) => document.getElementById(id);

/** By the first part of the address's fragment: all of them, and one. */
const VIEWS = { rooms: [rooms, room], queue: [queue], matches: [matches, match], recordings: [recordings, recording],
  sessions: [sessions, session], workers: [workers], keys: [keys], audit: [audit], try: [tryIt] };

let shown;

// --- In and out ---------------------------------------------------------------------------------------------------

function askForToken(error) {
  shown?.end?.();
  shown = undefined;
  $("main").replaceChildren();
  $("house").hidden = true;
  $("sign-in").hidden = false;
  document.title = `${t("sign.in")} · Tandem`;
  const text = error && { unauthorized: t("token.bad"), token_expired: t("token.old"), forbidden: t("token.weak") }[error.code];
  $("sign-error").textContent = error ? text ?? sentence(error) : "";
  $("sign-error").hidden = !error;
  $("token").focus();
}

async function signIn(token) {
  const button = $("sign-button");
  button.disabled = true;
  try {
    await live.signIn(token);
    $("token").value = "";
    $("sign-in").hidden = true;
    $("house").hidden = false;
    turnTo();
  } catch (error) {
    askForToken(error);
  } finally {
    button.disabled = false;
  }
}

// --- Views --------------------------------------------------------------------------------------------------------

function turnTo() {
  if (live.state === "off") return;
  const [name, ...rest] = location.hash.slice(1).split("/");
  if (name === "main") return;
  const view = Object.hasOwn(VIEWS, name) ? name : "rooms";
  const id = rest.length ? decodeURIComponent(rest.join("/")) : undefined;
  const [all, one] = VIEWS[view];
  shown?.end?.();
  $("main").replaceChildren();
  for (const link of $("views").children) {
    if (link.dataset.view === view) link.ariaCurrent = "page";
    else link.ariaCurrent = null;
  }
  $("views").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  try {
    shown = id && one ? one($("main"), id) : all($("main"));
  } catch (error) {
    complain(error);
  }
  document.title = `${id ?? t(view)} · Tandem`;
  scrollTo(0, 0);
  $("main").querySelector("h1")?.focus({ preventScroll: true });
}

function showState() {
  $("state").dataset.state = live.state;
  write($("state"), live.snapshot?.draining ? t("draining") : t(`state.${live.state}`));
  if (live.server) write($("node"), `${live.server.node} · ${live.server.version}`);
}

// --- Wiring -------------------------------------------------------------------------------------------------------

translate();
$("views").append(...Object.keys(VIEWS).map((view) => h("a", { href: `#${view}`, "data-view": view }, t(view))));
$("sign-form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn($("token").value.trim());
});
$("sign-out").addEventListener("click", () => live.signOut());
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("main").focus();
});
live.addEventListener("out", ({ detail }) => askForToken(detail));
live.addEventListener("state", showState);
live.addEventListener("snapshot", () => {
  showState();
  shown?.();
});
live.addEventListener("log", () => shown?.());
addEventListener("hashchange", turnTo);

if (live.token) signIn(live.token);
else askForToken();
