"use strict";

/**
 * Places proposed while they are typed. What is posted is the words, as without this script, and beside them the code
 * of the place that was chosen. Without network, nothing is proposed.
 */
{
  const { root, tell, say } = comfort;

  /** @param {HTMLInputElement} input */
  const dress = (input) => {
    const list = Object.assign(document.createElement("ul"), { id: `${input.id}-o`, className: "options", hidden: true });
    const code = Object.assign(document.createElement("input"), { type: "hidden", name: input.name, disabled: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-labelledby", input.getAttribute("aria-labelledby"));
    const states = { role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(states)) input.setAttribute(name, value);
    input.after(list, code);
    let timer = 0;
    let request = new AbortController();
    let at = -1;

    const mark = (place) => {
      at = place;
      [...list.children].forEach((option, one) => option.setAttribute("aria-selected", String(one === at)));
      const option = list.children[at];
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const show = (places) => {
      const options = places.map((place, one) => {
        const option = Object.assign(document.createElement("li"), { id: `${list.id}${one}`, textContent: place.label });
        option.setAttribute("role", "option");
        option.append(Object.assign(document.createElement("small"), { textContent: place.more }));
        option.addEventListener("click", () => choose(place));
        return option;
      });
      list.replaceChildren(...options);
      list.hidden = !options.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      mark(-1);
    };
    const close = () => {
      clearTimeout(timer);
      request.abort();
      show([]);
    };
    const choose = (place) => {
      input.value = place.label;
      Object.assign(code, { value: `#${place.code}`, disabled: false });
      close();
      comfort.changed(input);
    };
    const ask = async () => {
      request = new AbortController();
      const address = `${root}suggestions/${encodeURIComponent(input.name)}?q=${encodeURIComponent(input.value)}`;
      try {
        const answer = await fetch(address, { signal: request.signal });
        if (!answer.ok) return;
        const places = await answer.json();
        show(places);
        say(tell(places.length ? "places_found" : "places_none", { count: places.length }));
      } catch {
        // No network, or words typed since: the server looks them up when the page is posted.
      }
    };

    input.addEventListener("input", (event) => {
      if (!event.isTrusted) return;
      code.disabled = true;
      close();
      if (input.value.trim().length > 1) timer = setTimeout(ask, 200);
    });
    input.addEventListener("keydown", (event) => {
      const count = list.children.length;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!count) return;
      if (step) mark(at < 0 && step < 0 ? count - 1 : (at + step + count) % count);
      else if (event.key === "Enter" && at >= 0) list.children[at].click();
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    });
    input.addEventListener("blur", close);
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the input
  };

  comfort.dress("[data-find]", dress);
}
