"use strict";

/** The page in progress is kept on the server: a little after the last change, and when the page is hidden. */
{
  const QUIET = 3_000;
  let isChanged = false;
  let timer = 0;

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => save(), QUIET);
  };

  /** @param {boolean} [isLast] the page is hidden, and may be gone */
  const save = async (isLast = false) => {
    const form = comfort.form();
    if (!form || !isChanged) return;
    if (sending.isBusy()) return later();
    isChanged = false;
    clearTimeout(timer);
    const kept = await sending.keep(form, isLast);
    if (!form.isConnected) return;
    if (!kept?.base) {
      isChanged = true; // tried again with the network, or with the next change
      return;
    }
    const base = /** @type {HTMLInputElement | null} */ (form.querySelector("input[name=base]"));
    const said = form.querySelector(".saved span");
    if (base) base.value = JSON.stringify(kept.base);
    if (said) said.textContent = kept.saved;
  };

  const changed = () => {
    isChanged = true;
    later();
  };

  comfort.each((form) => {
    isChanged = false;
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
  });
  document.addEventListener("again", () => save());
  document.addEventListener("visibilitychange", () => document.hidden && save(true));
  addEventListener("pagehide", () => save(true));
}
