// The person's language, from the browser, for all pages. Each page has its own words: by key, one text a language in
// the order of LANGUAGES. What stands in a page itself carries its key in `data-t` (text), `data-t-label` (a name for
// screen readers) or `data-t-placeholder`.

export const LANGUAGES = ["en", "de", "es", "fr"];

const wanted = (navigator.languages ?? []).map((tag) => tag.slice(0, 2).toLowerCase());
export const language = wanted.find((one) => LANGUAGES.includes(one)) ?? "en";
const column = LANGUAGES.indexOf(language);

export function speaking(words) {
  /** The words of a key, with what is to be filled in. */
  function t(key, values = {}) {
    return words[key][column].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  }

  function translate(root = document) {
    document.documentElement.lang = language;
    for (const one of root.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
    for (const one of root.querySelectorAll("[data-t-label]")) one.ariaLabel = t(one.dataset.tLabel);
    for (const one of root.querySelectorAll("[data-t-placeholder]")) one.placeholder = t(one.dataset.tPlaceholder);
  }

  return { t, translate };
}
