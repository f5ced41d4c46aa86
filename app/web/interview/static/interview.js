"use strict";

/**
 * The keys of whoever asks by telephone or types a form, on the pages of every respondent. Without this script, or with
 * the keys switched off, everything is done with Tab, Space and Enter. Keys never act while one types in a field.
 */
{
  const { mode = "", words: said = "{}" } = document.currentScript?.dataset ?? {};
  const words = JSON.parse(said);
  const OFF = "touches-coupees";
  const TOGETHER = 700; // ms within which two digits are one number
  const ABSENCES = new Set(["nsp", "refus"]);
  let last = { key: "", at: 0, input: /** @type {HTMLInputElement | null} */ (null), was: false };
  let isOff = false;
  try {
    isOff = localStorage.getItem(OFF) === "1";
  } catch {
    // A browser that keeps nothing: the keys are on.
  }

  /** An element with a class and what it holds. */
  const make = (tag, name = "", ...inside) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...inside);
    return made;
  };

  /** What is answered one after the other: each row of a grid, each other question. */
  const stops = () =>
    [...(comfort.form()?.querySelectorAll(".q") ?? [])]
      .flatMap((question) => {
        const rows = [...question.querySelectorAll(".row:not(.sum)")];
        return rows.length ? rows : [question];
      })
      .filter((stop) => stop.getClientRects().length && inputs(stop).length);

  const inputs = (stop) =>
    [...stop.querySelectorAll("input:not([type=hidden]), select, textarea")].filter(
      (input) => !input.disabled && input.closest(".c, .n, label, .line, .cell, .lines, .spec, .q")?.getClientRects().length,
    );
  const choices = (stop) =>
    inputs(stop).filter(
      (input) =>
        (input.type === "radio" || input.type === "checkbox") && !ABSENCES.has(input.value) && !input.closest(".agree"),
    );
  /** A score is its own key; any other choice has its place, from 1. */
  const keyOf = (input, place) => (input.closest(".boxes") && input.type === "radio" && isScore(input) ? input.value : String(place + 1));
  const isScore = (input) => input.closest("label")?.querySelector("span:not(.key)")?.textContent.trim() === input.value;

  const current = () => {
    const all = stops();
    return all.find((stop) => stop.contains(document.activeElement)) ?? all.find((stop) => stop.classList.contains("now"));
  };

  const enter = (stop) => {
    for (const one of document.querySelectorAll(".now")) one.classList.remove("now");
    stop.classList.add("now");
    const all = inputs(stop);
    (all.find((input) => input.checked) ?? all.find((input) => !input.closest(".agree")) ?? all[0])?.focus();
  };

  const move = (step) => {
    const all = stops();
    const here = all.indexOf(current());
    const there = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step];
    if (there) enter(there);
    return Boolean(there);
  };

  const goOn = () => comfort.form()?.querySelector("button[name=aller][value=suite]")?.click();

  const choose = (stop, digit) => {
    const all = choices(stop);
    const byKey = (key) => all.find((input, place) => keyOf(input, place) === key);
    const now = Date.now();
    const longer = now - last.at < TOGETHER && last.input && stop.contains(last.input) ? byKey(last.key + digit) : null;
    if (longer && last.input?.type === "checkbox" && last.input.checked !== last.was) last.input.click();
    const input = longer ?? byKey(digit);
    if (!input) {
      last = { key: digit, at: now, input: all[0] ?? null, was: all[0]?.checked ?? false };
      return;
    }
    last = { key: longer ? "" : digit, at: now, input, was: input.checked };
    input.focus();
    input.click();
  };

  const press = (stop, value) => {
    const input = inputs(stop).find((one) => one.value === value);
    input?.focus();
    input?.click();
  };

  const agree = (stop) => stop.closest(".q")?.querySelector(".agree input")?.click();

  const isTyping = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.matches("select, textarea, input:not([type=radio], [type=checkbox], [type=button], [type=submit])"));

  /** Keys of a field that is typed in: Enter goes on, Escape leaves the field so that the other keys act. */
  const inField = (event) => {
    const { key, target } = event;
    if (key === "Enter" && !target.matches("textarea")) {
      event.preventDefault();
      if (!move(1)) goOn();
    } else if (key === "Escape") {
      const stop = current();
      target.blur();
      stop?.classList.add("now");
    }
  };

  const act = (event) => {
    const { key, target } = event;
    const stop = current();
    if (/^[0-9]$/.test(key)) stop && choose(stop, key);
    else if (key === "n") stop && press(stop, "nsp");
    else if (key === "r") stop && press(stop, "refus");
    else if (key === "a") stop && agree(stop);
    else if (key === "?") toggle();
    else if (key === "ArrowDown") move(1);
    else if (key === "ArrowUp") move(-1);
    else if (key === "Enter" && !(target instanceof HTMLElement && target.matches("button, a, summary"))) {
      if (!move(1)) goOn();
    } else return;
    event.preventDefault();
  };

  document.addEventListener("keydown", (event) => {
    if (isOff || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !comfort.form()) return;
    if (isTyping(event.target)) inField(event);
    else act(event);
  });
  document.addEventListener("focusin", ({ target }) => {
    const stop = stops().find((one) => one.contains(target));
    if (!stop) return;
    for (const one of document.querySelectorAll(".now")) one.classList.remove("now");
    stop.classList.add("now");
  });

  // -- the keys, shown -----------------------------------------------------------------------------

  const mark = () => {
    for (const one of document.querySelectorAll(".key")) one.remove();
    if (isOff) return;
    const put = (input, key) => {
      const label = input.closest("label");
      const at = label?.classList.contains("n") ? label : label?.querySelector("span");
      const shown = make("span", "key", key);
      shown.ariaHidden = "true";
      at?.prepend(shown);
    };
    for (const stop of stops()) {
      choices(stop).forEach((input, place) => isScore(input) || put(input, keyOf(input, place)));
      for (const input of inputs(stop)) {
        if (input.value === "nsp" || input.value === "refus") put(input, input.value === "nsp" ? "n" : "r");
        else if (input.closest(".agree")) put(input, "a");
      }
    }
  };

  const panel = () => {
    const lines = [["1…9", words.digit], ["n", words.dont_know], ["r", words.refusal], ["a", words.agree], [words.enter_key, words.enter], ["↑ ↓", words.arrows], [words.escape_key, words.escape], ["?", words.help]];
    const list = make("dl");
    for (const [key, sense] of lines) list.append(make("dt", "", make("kbd", "key", key)), make("dd", "", sense));
    const button = make("button", "b alt", isOff ? words.turn_on : words.turn_off);
    button.type = "button";
    button.addEventListener("click", () => {
      isOff = !isOff;
      try {
        localStorage.setItem(OFF, isOff ? "1" : "");
      } catch {
        // It holds for this page.
      }
      document.getElementById("keys")?.replaceWith(panel());
      document.querySelector("#keys button")?.focus();
      mark();
    });
    const made = make("section", "keys", make("h2", "", words.keys), list, make("p", "", words.typing), make("p", "", isOff ? words.off : words.on), button);
    made.id = "keys";
    made.tabIndex = -1;
    made.setAttribute("aria-label", words.keys);
    return made;
  };

  const toggle = () => {
    const shown = document.getElementById("keys");
    opener?.setAttribute("aria-expanded", String(!shown));
    if (shown) {
      shown.remove();
      const stop = current() ?? stops()[0];
      if (stop) enter(stop);
      return;
    }
    const made = panel();
    document.querySelector("main .wrap")?.prepend(made);
    made.focus();
  };

  const bar = document.querySelector(".desk .wrap");
  const opener = bar && comfort.form() ? make("button", "", `${words.keys} (?)`) : null;
  if (opener) {
    opener.type = "button";
    opener.setAttribute("aria-expanded", "false");
    opener.addEventListener("click", toggle);
    bar?.querySelector("a")?.before(opener);
  }

  comfort.each((form) => {
    mark();
    form.addEventListener("opened", mark);
    const isTold = document.querySelector("#summary, .summary") || location.hash;
    const first = stops()[0];
    if (first && !isTold && mode) enter(first);
  });
}
