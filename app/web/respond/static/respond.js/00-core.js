"use strict";

/**
 * Comfort: every page works without this script, and the server decides. The files of this folder are served as one
 * script, in the order of their names; each is a block of its own and shares only what hangs on `comfort`.
 */
{
  const { root = "", words = "{}" } = document.currentScript?.dataset ?? {};
  /** @type {Array<(form: HTMLFormElement) => void>} */
  const parts = [];
  /** @type {string[]} */
  const told = [];

  /** The form of the questions; null on a page that has none. @returns {HTMLFormElement | null} */
  const form = () => /** @type {HTMLFormElement | null} */ (document.getElementById("page"));

  /**
   * The scaled integer that was typed, as the server reads it; null where it is none.
   * @param {string} text
   * @param {number} decimals
   */
  const number = (text, decimals) => {
    const found = /^([-+\u2212]?)(\d+)(?:[.,](\d+))?$/.exec(text.trim().replace(/[ \u00a0\u202f]/g, ""));
    const fraction = found?.[3]?.replace(/0+$/, "") ?? "";
    if (!found || fraction.length > decimals) return null;
    const value = Number(found[2] + fraction.padEnd(decimals, "0"));
    return Number.isSafeInteger(value) ? (/[-\u2212]/.test(found[1]) ? 0 - value : value) : null;
  };

  globalThis.comfort = Object.freeze({
    /** The path under which every page of this wave is: "/r/KEY/". */
    root: new URL(root || ".", location.href).pathname,
    /** Our own sentences in the language of the page, by key (script_words.py). @type {Record<string, string>} */
    words: Object.freeze(JSON.parse(words)),
    form,
    number,
    /** A sentence of ours with its values. @param {string} key @param {Record<string, unknown>} [values] */
    tell: (key, values = {}) => (comfort.words[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => String(values[name])),
    /** Tell those who listen, after what was told just before. @param {string} text */
    say(text) {
      const region = document.getElementById("said") ?? document.createElement("p");
      if (!region.id) {
        Object.assign(region, { id: "said", className: "sr" }).setAttribute("aria-live", "polite");
        form()?.append(region);
      }
      if (!told.length) setTimeout(() => (region.textContent = told.splice(0).join(" ")), 150);
      told.push(text);
      region.textContent = "";
    },
    /** Have `part` made ready for the form of the page: now, and each time the page is shown again in place. */
    each(part) {
      parts.push(part);
      const now = form();
      if (now) part(now);
    },
    /** Have `act` done once for each such element: of the page, and of what conditions add to it. */
    dress(selector, act) {
      const done = new WeakSet();
      comfort.each((form) => {
        const every = () => {
          for (const one of form.querySelectorAll(selector)) {
            if (!done.has(one)) act(one);
            done.add(one);
          }
        };
        every();
        form.addEventListener("opened", every);
      });
    },
    /** The script set the value of an input: whoever listens hears of it as of the respondent. */
    changed(input) {
      for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
    },
    /** The content of the page was replaced: make every part ready again. */
    shown() {
      const now = form();
      if (now) for (const part of parts) part(now);
    },
  });
}
