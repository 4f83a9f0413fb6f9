// The side panel: the chat with its unread counter, and the opening and closing of panels.

import { $, call, complain } from "./common.js";
import { t } from "./language.js";

const MESSAGES_KEPT = 500;
let unread = 0;

export function openPanel(which) {
  $("panel").hidden = !which;
  $("call").classList.toggle("with-panel", Boolean(which));
  for (const name of ["chat", "people"]) {
    $(`${name}-panel`).hidden = which !== name;
    $(`${name}-button`).setAttribute("aria-pressed", String(which === name));
  }
  if (which === "chat") {
    unread = 0;
    showUnread();
    $("chat-text").focus();
    $("messages").scrollTop = $("messages").scrollHeight;
  }
}

export function togglePanel(which) {
  const open = $("panel").hidden || $(`${which}-panel`).hidden;
  openPanel(open ? which : undefined);
  if (!open) $(`${which}-button`).focus();
}

function showUnread() {
  $("unread").hidden = !unread;
  $("unread").textContent = unread || "";
  $("chat-button").setAttribute("aria-label", unread ? t("chat.new", { count: unread }) : t("chat"));
}

export function addMessage({ from, text, at }) {
  const mine = from === call.room.self.id;
  const list = $("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const line = document.createElement("li");
  line.className = mine ? "mine" : "";
  const head = document.createElement("small");
  const when = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  head.textContent = `${mine ? t("you") : call.room.participants.get(from)?.name ?? t("somebody")} · ${when}`;
  const words = document.createElement("p");
  words.textContent = text;
  line.append(head, words);
  list.append(line);
  while (list.children.length > MESSAGES_KEPT) list.firstElementChild.remove();
  if (atEnd || mine) list.scrollTop = list.scrollHeight;
  if (!mine && $("chat-panel").offsetParent === null) {
    unread += 1;
    showUnread();
  }
}

export async function sendMessage(event) {
  event.preventDefault();
  const field = $("chat-text");
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  try {
    await call.room.chat(text);
  } catch (error) {
    field.value ||= text;
    complain(error);
  }
}
