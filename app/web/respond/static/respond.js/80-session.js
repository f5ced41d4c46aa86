"use strict";

/** The end of the session is announced five minutes before, and can be put off. */
{
  const { words, root } = comfort;
  const NOTICE = 5 * 60_000;
  // The server renews a session at most once a minute: it may end that much sooner.
  const MARGIN = 60_000;
  /** When the session ends, by the clock of this browser. */
  let end = 0;
  let timer = 0;
  /** @type {HTMLDialogElement | null} */
  let dialog = null;

  const length = () => Number(document.body.dataset.session ?? 0) * 1000;

  const start = () => {
    if (!length()) return;
    end = Date.now() + length() - MARGIN;
    dialog?.remove();
    look();
  };

  /** Look at the clock now and at the next moment that matters: timers sleep with the machine. */
  const look = () => {
    clearTimeout(timer);
    const left = end - Date.now();
    const notice = Math.min(NOTICE, length() / 2);
    if (left <= 0) return tell(words.ended, words.ended_what, [[words.close, () => dialog?.remove()]]);
    if (left <= notice) {
      const count = Math.ceil(left / 60_000);
      const minutes = count > 1 ? comfort.tell("minutes", { count }) : words.minute;
      const later = /** @type {HTMLElement | null} */ (document.querySelector("form [value=pause]"));
      const buttons = [[words.stay, extend]];
      if (later) buttons.push([words.later, () => (dialog?.remove(), later.click())]);
      tell(words.ending, comfort.tell("ending_what", { minutes }), buttons);
    }
    timer = setTimeout(look, left > notice ? left - notice : left);
  };

  const extend = async () => {
    const csrf = /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=csrf]"))?.value ?? "";
    try {
      const answer = await sending.request(`${root}suivi/session`, new URLSearchParams({ csrf }));
      if (answer.ok) return start();
      end = 0;
      look();
    } catch {
      comfort.say(words.offline);
    }
  };

  /** @param {string} title @param {string} what @param {Array<[string, () => unknown]>} actions */
  const tell = (title, what, actions) => {
    const make = (tag, more) => Object.assign(document.createElement(tag), more);
    const box = make("dialog", { role: "alertdialog", className: "session", oncancel: actions[0][1] });
    const row = make("div", { className: "go near" });
    row.append(
      ...actions.map(([textContent, onclick], place) =>
        make("button", { textContent, onclick, className: place ? "b txt" : "b" })),
    );
    box.setAttribute("aria-labelledby", "session-t");
    box.setAttribute("aria-describedby", "session-w");
    box.append(make("h2", { id: "session-t", textContent: title }), make("p", { id: "session-w", textContent: what }), row);
    dialog?.remove();
    dialog = box;
    document.body.append(box);
    box.showModal();
  };

  comfort.each(start);
  if (!comfort.form()) start();
  document.addEventListener("acknowledged", start);
  document.addEventListener("visibilitychange", () => !document.hidden && length() && end && look());
}
