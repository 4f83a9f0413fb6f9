// The person's language, from the browser; the words are in words.js. What stands in the page itself carries its key
// in `data-t` (text), `data-t-label` (a name for screen readers) or `data-t-placeholder`.

import { LANGUAGES, WORDS } from "./words.js";

const wanted = (navigator.languages ?? []).map((tag) => tag.slice(0, 2).toLowerCase());
export const language = wanted.find((one) => LANGUAGES.includes(one)) ?? "en";
const column = LANGUAGES.indexOf(language);

/** The words of a key, with what is to be filled in. */
export function t(key, values = {}) {
  return WORDS[key][column].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

export function translate(root = document) {
  document.documentElement.lang = language;
  for (const one of root.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of root.querySelectorAll("[data-t-label]")) one.ariaLabel = t(one.dataset.tLabel);
  for (const one of root.querySelectorAll("[data-t-placeholder]")) one.placeholder = t(one.dataset.tPlaceholder);
}
