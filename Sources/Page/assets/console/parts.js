// What the console's views are made of: elements, lists that keep their elements, questions, figures as words.

import { Refused } from "./api.js";
import { language, t } from "./language.js";

/** An element: `h("a", { href: "#x", class: "big" }, "text", child)`. Functions are listeners, nothing is HTML. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

export const link = (href, ...children) => h("a", { href }, ...children);
export const code = (text) => h("code", {}, text);
export const badge = (text, kind) => h("span", { class: "badge", "data-kind": kind }, text);
/** A text of its own in a row. */
export const words = (text) => (text ? h("span", {}, text) : "");
export const empty = (text) => h("p", { class: "empty" }, text);

/** Sets a text only where it changes, so that nothing is announced or selected anew. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Brings `container` to one child for each item, in their order; who stays keeps its element, and with it the focus. */
export function keyed(container, items, key, make) {
  const known = new Map([...container.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, index) => {
    const name = String(key(item));
    let child = known.get(name);
    if (child) known.delete(name);
    else {
      child = make(item);
      child.dataset.key = name;
    }
    child.update?.(item);
    if (container.children[index] !== child) container.insertBefore(child, container.children[index] ?? null);
  });
  for (const child of known.values()) child.remove();
}

export function table(heads, rows, label) {
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label },
    h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell) => h("td", {}, cell)))))));
}

/** A button that says what failed, and cannot be pressed twice. */
export function button(text, act, kind) {
  let isBusy = false;
  return h("button", {
    type: "button", class: kind,
    // Not disabled meanwhile: that would take the focus away.
    click: async () => {
      if (isBusy) return;
      isBusy = true;
      try {
        await act();
      } catch (error) {
        complain(error);
      } finally {
        isBusy = false;
      }
    },
  }, text);
}

// --- Words for what happens ---------------------------------------------------------------------------------------

let noticeTimer;
export function notice(text, kind = "info") {
  const place = document.querySelector("#notice");
  clearTimeout(noticeTimer);
  place.textContent = text;
  place.dataset.kind = kind;
  place.hidden = !text;
  if (text) noticeTimer = setTimeout(() => notice(""), 6000);
}

export function complain(error) {
  if (!(error instanceof Refused)) console.error(error);
  notice(sentence(error), "bad");
}

export const sentence = (error) => (error.code === "unreachable" ? t("unreachable") : error.message || error.code);

/** Asks before what cannot be undone; resolves with what was filled in, or null. */
export function ask({ title, text, yes, field, required = false }) {
  const input = field && h("input", { name: "text", maxlength: 200, required, autocomplete: "off" });
  const no = h("button", { type: "button" }, t("cancel"));
  const dialog = h("dialog", { class: "card", "aria-labelledby": "ask-title" },
    h("form", { method: "dialog" }, h("h2", { id: "ask-title" }, title), h("p", {}, text),
      field && h("label", {}, h("span", {}, field), input),
      h("div", { class: "row end" }, no, h("button", { class: "danger", value: "yes" }, yes))));
  return show(dialog, no, () => dialog.returnValue === "yes" && (input?.value.trim() ?? ""));
}

/** Shows something that must be read. */
export function tell({ title, content }) {
  const done = h("button", { class: "primary" }, t("done"));
  const dialog = h("dialog", { class: "card", "aria-labelledby": "ask-title" },
    h("form", { method: "dialog" }, h("h2", { id: "ask-title" }, title), content, h("div", { class: "row end" }, done)));
  return show(dialog, done, () => true);
}

function show(dialog, first, result) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.showModal();
  first.focus();
  if (first.type === "button") first.addEventListener("click", () => dialog.close(""));
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    if (before?.isConnected) before.focus();
    const value = result();
    resolve(value === false ? null : value);
  }));
}

// --- Figures ------------------------------------------------------------------------------------------------------

const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const times = new Intl.DateTimeFormat(language, { timeStyle: "medium" });

export const number = (value) => numbers.format(value);
export const percent = (share) => `${Math.round(share * 100)} %`;
export const moment = (text) => (text ? moments.format(new Date(text)) : "–");
export const time = (text) => times.format(new Date(text));

export function duration(milliseconds) {
  if (milliseconds === undefined || milliseconds === null) return "–";
  const seconds = Math.floor(milliseconds / 1000);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  return `${hours ? `${hours}:${two(Math.floor(seconds / 60) % 60)}` : Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

export const bytes = (value) => scaled(value ?? 0, ["B", "KB", "MB", "GB", "TB"]);
export const bits = (value) => scaled(value, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]);

function scaled(value, units) {
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  return `${number(value >= 100 ? Math.round(value) : value)} ${units[step]}`;
}

/** A score from 1 to 5 with what spoils it. */
export function score(value, fault) {
  if (value === undefined || value === null) return badge("–");
  const kind = value >= 4 ? "good" : value >= 3 ? "fair" : "bad";
  return badge(fault ? `${number(value)} · ${t(`fault.${fault}`)}` : number(value), kind);
}

export const roleName = (role) => (["mentor", "student", "observer"].includes(role) ? t(role) : role);

/** Pages of a list: its first rows, and a button for more. */
export function paged(fetchPage, draw) {
  const place = h("div", { class: "stack" });
  const more = button(t("more"), () => load());
  let cursor;
  let items = [];
  async function load(fresh) {
    const page = await fetchPage(fresh ? undefined : cursor);
    items = fresh ? page.items : items.concat(page.items);
    cursor = page.next;
    place.replaceChildren(items.length ? draw(items) : empty(t("nothing")), ...(cursor ? [more] : []));
  }
  return { place, load };
}
