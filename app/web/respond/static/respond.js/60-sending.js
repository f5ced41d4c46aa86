"use strict";

/**
 * Sending: a page is posted without leaving it, so that the network may fail. What has left and was not acknowledged
 * is kept in this tab, and goes again with the next attempt (`essai`): the server knows it for our own.
 */
{
  const { words } = comfort;
  const SENT_BY_US = "#page, #send";
  const MOST_TRIES = 8;
  const PATIENCE = 30_000;
  const LONGEST_PAUSE = 60_000;
  /** Statuses of a page that takes the place of this one; another is left to the browser. */
  const SHOWN = [200, 403, 409, 410, 422];

  /** Bodies that left without an acknowledgement, the last one last. @type {string[]} */
  let tries = [];
  /** The request under way: one at most. @type {{done: Promise<unknown>, going: string, abort: () => void} | null} */
  let flight = null;
  /** What the respondent asked for and did not get yet. @type {{form: HTMLFormElement, going: string} | null} */
  let wanted = null;
  let pause = 0;
  let timer = 0;
  let isKept = true;
  let isLeaving = false;

  const key = () => `comfort:${location.pathname}`;
  const store = () => {
    try {
      if (tries.length) sessionStorage.setItem(key(), JSON.stringify(tries));
      else sessionStorage.removeItem(key());
      return true;
    } catch {
      return false; // refused, or full
    }
  };
  const stored = () => {
    try {
      return JSON.parse(sessionStorage.getItem(key()) ?? "[]");
    } catch {
      return [];
    }
  };

  /** @param {HTMLFormElement} form @param {string} going */
  const bodyOf = (form, going) => {
    const fields = new URLSearchParams(/** @type {any} */ (new FormData(form)));
    fields.set("aller", going);
    return fields.toString();
  };

  const region = () => {
    const found = document.getElementById("net") ?? document.createElement("p");
    if (!found.id) {
      Object.assign(found, { id: "net", className: "net" }).setAttribute("role", "status");
      document.querySelector(".go")?.before(found);
    }
    return found;
  };
  const say = (text = "") => {
    if (region().textContent !== text) region().textContent = text;
  };

  /** @param {HTMLFormElement} form @param {string} going @param {boolean} isBusy */
  const mark = (form, going, isBusy) => {
    for (const button of form.elements) {
      if (button instanceof HTMLButtonElement && button.value === going) button.ariaBusy = isBusy ? "true" : null;
    }
  };

  /** @param {string} place @param {URLSearchParams} body @param {object} [more] */
  const request = (place, body, more) => fetch(place, { method: "POST", headers: { "X-Comfort": "1" }, body, ...more });

  /**
   * Post a body; null when the server did not answer, or could not. `going` is `garder` for what is only kept.
   * @param {HTMLFormElement} form @param {string} body @param {string} going @param {boolean} [isLast] the page goes
   */
  const post = (form, body, going, isLast = false) => {
    const fields = new URLSearchParams(body);
    for (const one of tries) if (one !== body) fields.append("essai", one);
    if (form.id === "page") {
      tries = [...tries.filter((one) => one !== body), body].slice(-MOST_TRIES);
      isKept = store();
    }
    const control = new AbortController();
    const patience = setTimeout(() => control.abort(), PATIENCE);
    const ask = async () => {
      try {
        const response = await request(location.href.split("#")[0], fields, { keepalive: isLast, signal: control.signal });
        const { status } = response;
        const isJson = /json/.test(response.headers.get("Content-Type") ?? "");
        return { status, isJson, text: status < 500 && status !== 429 ? await response.text() : "" };
      } catch {
        return null;
      } finally {
        clearTimeout(patience);
        flight = null;
      }
    };
    const done = ask();
    flight = { done, going, abort: () => control.abort() };
    return done;
  };

  const acknowledge = () => {
    tries = [];
    pause = 0;
    isKept = true;
    clearTimeout(timer);
    store();
    say();
    document.dispatchEvent(new Event("acknowledged"));
  };

  /** No answer, or none that helps: say so, and try again by itself. @param {{status: number} | null} found */
  const fail = (found) => {
    say(found ? words.unavailable : words.offline);
    pause = Math.min(pause * 2 || 2_000, LONGEST_PAUSE);
    clearTimeout(timer);
    timer = setTimeout(again, pause);
    return null;
  };

  const again = () => {
    if (flight) return;
    if (wanted) attempt();
    else document.dispatchEvent(new Event("again"));
  };

  /** @param {string} place */
  const leave = (place) => {
    const target = new URL(place, location.href);
    const isHere = target.pathname + target.search === location.pathname + location.search;
    isLeaving = true;
    location.assign(target);
    if (isHere && target.hash) location.reload();
  };

  /** Put a page in the place of this one. @param {string} html */
  const show = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    document.title = page.title;
    document.documentElement.lang = page.documentElement.lang;
    document.body.replaceWith(document.adoptNode(page.body));
    comfort.shown();
    scrollTo(0, 0);
    const first = /** @type {HTMLElement | null} */ (document.querySelector(".summary, h1"));
    if (first) first.tabIndex = -1;
    first?.focus();
  };

  const attempt = async () => {
    if (!wanted) return;
    const { form, going } = wanted;
    mark(form, going, true);
    const slow = setTimeout(() => wanted && comfort.say(words.sending), 500);
    const found = await post(form, bodyOf(form, going), going);
    clearTimeout(slow);
    if (!form.isConnected) return;
    mark(form, going, false);
    if (!found?.text) return fail(found);
    if (found.isJson || SHOWN.includes(found.status)) {
      wanted = null;
      acknowledge();
      if (!found.isJson) return show(found.text);
      mark(form, going, true);
      return leave(JSON.parse(found.text).go);
    }
    // Not for us: the browser posts the form itself, and shows what it is told.
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "aller", value: going });
    form.append(field);
    isLeaving = true;
    HTMLFormElement.prototype.submit.call(form);
  };

  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches(SENT_BY_US) || !self.fetch || event.defaultPrevented) return;
    event.preventDefault();
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (isLeaving) return;
    const isSent = wanted && flight; // pressed twice: sent once
    wanted = { form, going: button?.value || "suite" };
    if (isSent) return;
    if (flight) {
      mark(form, wanted.going, true);
      await Promise.race([flight.done, new Promise((then) => setTimeout(then, 4_000))]);
      flight?.abort();
    }
    clearTimeout(timer);
    attempt();
  };

  /** What was typed here before and never arrived stands in the page again. @param {HTMLFormElement} form */
  const restore = (form) => {
    const fields = new URLSearchParams(tries.at(-1));
    for (const input of /** @type {Iterable<any>} */ (form.elements)) {
      if (!input.name || input.type === "submit" || input.name === "csrf") continue;
      if (input.type === "radio" || input.type === "checkbox") {
        input.checked = fields.getAll(input.name).includes(input.value);
      } else if (fields.has(input.name)) input.value = fields.get(input.name);
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
    return fields.get("aller") ?? "garder";
  };

  comfort.each((form) => {
    region();
    if (tries.length) return;
    const csrf = new FormData(form).get("csrf");
    // Of another response, answered in this tab: not ours to send.
    tries = stored().filter((/** @type {string} */ one) => new URLSearchParams(one).get("csrf") === csrf);
    store();
    if (!tries.length) return;
    const going = restore(form);
    if (going === "garder") return;
    wanted = { form, going };
    attempt();
  });

  document.addEventListener("submit", submit);
  addEventListener("online", () => tries.length && again());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  addEventListener("beforeunload", (event) => {
    if (tries.length && !isKept && !isLeaving) event.preventDefault();
  });

  globalThis.sending = Object.freeze({
    request,
    /** Whether something is being sent, or the page is being left for another. */
    isBusy: () => Boolean(flight || wanted || isLeaving),
    isLeaving: () => isLeaving,
    /**
     * Keep the page on the server while it stays open; null when that did not succeed, and it is tried again.
     * @param {HTMLFormElement} form
     * @param {boolean} isLast  the page is hidden, and may be gone
     * @returns {Promise<{base: object, saved: string} | null>}
     */
    async keep(form, isLast) {
      const found = await post(form, bodyOf(form, "garder"), "garder", isLast);
      if (!form.isConnected || wanted) return null;
      if (!found?.text) return fail(found);
      // Refused, by a pause or the end of the visit: nothing was saved; going on says so.
      if (!found.isJson) return null;
      acknowledge();
      return JSON.parse(found.text);
    },
  });
}
