// Keeps the parts of a page fresh that say so:
//   <div data-live="ADDRESS" data-live-every="2000">…</div>
// takes the content of the element that ADDRESS answers (same origin), as long as that one carries data-live too.
// The element itself stays, so that what it announces (aria-live, polite unless it says otherwise) is heard.
// Without script a link does the same: what carries data-live-link is hidden where this runs.
(() => {
  "use strict";
  const SLOWEST = 60000;

  const keepFresh = (box) => {
    let failures = 0;
    let timer = 0;
    let isAsking = false;

    const wait = () => {
      clearTimeout(timer);
      if (!document.hidden && box.isConnected && box.dataset.live) {
        const every = Math.max(500, Number(box.dataset.liveEvery) || 2000);
        timer = setTimeout(ask, Math.min(SLOWEST, every * 2 ** failures));
      }
    };

    const take = (text) => {
      const fresh = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
      if (!fresh) return;
      for (const name of ["data-live", "data-live-every"]) {
        if (fresh.hasAttribute(name)) box.setAttribute(name, fresh.getAttribute(name));
        else box.removeAttribute(name);
      }
      showLinks(fresh, false);
      // What has not changed is not announced again, and keeps its focus.
      if (fresh.innerHTML === box.innerHTML) return;
      const focused = box.contains(document.activeElement) ? document.activeElement.id : "";
      box.replaceChildren(...fresh.childNodes);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    };

    const ask = async () => {
      if (isAsking) return;
      isAsking = true;
      try {
        const answer = await fetch(box.dataset.live, { headers: { "X-Live": "1" } });
        // Signed out, or not there any more: the page stays as it is, and its link is back to tell why.
        if (answer.redirected || (answer.status >= 400 && answer.status < 500)) {
          showLinks(box, true);
          return;
        }
        if (!answer.ok) throw new Error("later");
        take(await answer.text());
        failures = 0;
      } catch {
        failures += 1;
      } finally {
        isAsking = false;
      }
      wait();
    };

    if (!box.hasAttribute("aria-live")) box.setAttribute("aria-live", "polite");
    showLinks(box, false);
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (!document.hidden && box.dataset.live) ask();
    });
    wait();
  };

  const showLinks = (box, areShown) => {
    for (const link of box.querySelectorAll("[data-live-link]")) link.hidden = !areShown;
  };

  document.querySelectorAll("[data-live]").forEach(keepFresh);
})();
