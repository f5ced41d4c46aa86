"use strict";

/** What happened on the page, for those who improve the questionnaire: counts and seconds, never what was typed. */
{
  /** @type {Record<string, number>} */
  let counts = {};
  let visible = 0;
  let since = Date.now();
  let isHelped = false;
  let isInside = false;

  /** @param {Event} event */
  const count = (event) => {
    const asked = /** @type {Element} */ (event.target).closest?.('[id^="q-"]');
    if (asked) counts[asked.id.slice(2)] = (counts[asked.id.slice(2)] ?? 0) + 1;
  };

  /** @param {boolean} isOver */
  const report = (isOver) => {
    const form = comfort.form();
    const csrf = /** @type {HTMLInputElement | null} */ (form?.elements.namedItem("csrf") ?? null)?.value;
    const secondes = Math.round(visible / 1000);
    const found = { page: location.pathname.split("/").pop(), secondes, questions: counts, aide: isHelped, sortie: isOver };
    if (!csrf || !(secondes || isOver || isHelped)) return;
    navigator.sendBeacon?.(`${comfort.root}suivi/evenements`, new URLSearchParams({ csrf, evenements: JSON.stringify(found) }));
    [counts, visible, isHelped] = [{}, 0, false];
  };

  comfort.each((form) => form.addEventListener("change", count));
  document.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest?.("a[href]");
    if (!link) return;
    const { pathname } = new URL(/** @type {HTMLAnchorElement} */ (link).href, location.href);
    isHelped = isHelped || pathname === `${comfort.root}aide`;
    isInside = pathname.startsWith(comfort.root);
  });
  /** @param {boolean} isOver */
  const pass = (isOver) => {
    if (since) visible += Date.now() - since;
    since = 0;
    report(isOver);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? pass(false) : (since = Date.now())));
  addEventListener("pagehide", () => pass(!isInside && !sending.isLeaving()));
}
