"use strict";

/**
 * Beside the questions: what excludes the rest unticks it, and the reverse; what remains to share out, to choose, to
 * write. Nothing typed is lost, nothing is disabled.
 */
{
  const { tell, say, number } = comfort;
  /** What a box that excludes the rest has emptied. @type {WeakMap<HTMLInputElement, Array<[HTMLInputElement, string]>>} */
  const emptied = new WeakMap();

  const isBox = (input) => input.type === "checkbox" || input.type === "radio";
  /** Whether an input is of the answer that a name stands for: `jour.d`, `partenaires[2]`. */
  const isOf = (name, whole) => name === whole || name.startsWith(`${whole}.`) || name.startsWith(`${whole}[`);

  const clear = (form, box) => {
    const taken = [];
    for (const input of form.elements) {
      if (input === box || !isOf(input.name ?? "", box.name)) continue;
      if (isBox(input)) input.checked = false;
      else if (input.value && input.type !== "hidden") taken.push([input, input.value]);
    }
    emptied.set(box, taken);
    for (const [input] of taken) {
      input.value = "";
      comfort.changed(input);
    }
  };

  const restore = (box) => {
    const taken = emptied.get(box) ?? [];
    emptied.delete(box);
    for (const [input, value] of taken) {
      if (input.value) continue;
      input.value = value;
      comfort.changed(input);
    }
  };

  /** Untick what excludes the answer that an input gives. */
  const include = (form, input) => {
    for (const box of form.querySelectorAll("[data-alone]:checked")) {
      if (box === input || !isOf(input.name, box.name)) continue;
      box.checked = false;
      restore(box);
      say(tell("unticked", { choice: box.parentElement.innerText.trim() }));
    }
  };

  /** Words beside a choice choose it, where nothing else is chosen or several may be. */
  const chooseFor = (form, words) => {
    const choice = words.closest(".spec")?.previousElementSibling?.querySelector("input");
    if (!choice || choice.checked || !words.value.trim()) return;
    const others = [...form.elements].filter((one) => one.name === choice.name && one.checked);
    if (choice.type === "radio" ? others.length : others.some((one) => "alone" in one.dataset)) return;
    choice.checked = true;
    comfort.changed(choice);
  };

  /** How many choices are left where there is a maximum. */
  const count = (group) => {
    const chosen = group.querySelectorAll("input:checked:not([data-alone])").length;
    const most = Number(group.dataset.most);
    let note = group.querySelector(".left");
    if (!note && chosen <= most) return;
    if (!note) group.append((note = Object.assign(document.createElement("p"), { className: "hint left" })));
    const key = chosen > most ? "choices_over" : chosen === most ? "choices_full" : "choices_left";
    const words = chosen ? tell(key, { left: most - chosen, over: chosen - most, most }) : "";
    if (note.textContent !== words) say((note.textContent = words));
  };

  /** A number with its unit, as one types it. */
  const measured = (value, { decimals, unit = "" }) => {
    const figures = value % 10 ** decimals ? Number(decimals) : 0;
    const { lang } = document.documentElement;
    return (value / 10 ** decimals).toLocaleString(lang, { minimumFractionDigits: figures, maximumFractionDigits: figures }) + unit;
  };

  /** What is shared out so far, and what remains. */
  const share = (grid) => {
    const typed = [...grid.querySelectorAll(".f")].map((input) => input.value.trim()).filter(Boolean);
    const parts = typed.map((text) => number(text, Number(grid.dataset.decimals)));
    const total = parts.reduce((sum, part) => sum + part, 0);
    const left = Number(grid.dataset.total) - total;
    let words = "";
    if (parts.length && !parts.includes(null)) {
      const key = !("total" in grid.dataset) ? "total" : left > 0 ? "total_left" : left ? "total_over" : "total_right";
      words = tell(key, { total: measured(total, grid.dataset), left: measured(Math.abs(left), grid.dataset) });
    }
    grid.querySelector("output").textContent = words;
  };

  /** How many characters are left; what is typed is never cut. */
  const measure = (area) => {
    const left = Number(area.dataset.most) - [...area.value.normalize("NFC").trim()].length;
    const note = document.getElementById(area.getAttribute("aria-describedby").split(" ").find((id) => /-m$/.test(id)));
    const words = tell(left < 0 ? "letters_over" : "letters_left", {
      letters: Math.abs(left).toLocaleString(document.documentElement.lang),
    });
    note.classList.toggle("over", left < 0);
    note.textContent = words;
    return left < Math.max(20, Number(area.dataset.most) / 20) ? words : "";
  };

  comfort.each((form) => {
    /** @type {Map<Element, number>} */
    const later = new Map();
    /** Once the typing there pauses, so that nobody hears a sentence at every key. */
    const soon = (where, act) => {
      clearTimeout(later.get(where));
      later.set(where, setTimeout(act, 600));
    };
    form.addEventListener("input", ({ target }) => {
      if (isBox(target) ? target.checked : target.value.trim()) {
        if ("alone" in target.dataset) clear(form, target);
        else include(form, target);
        chooseFor(form, target);
      } else if ("alone" in target.dataset) restore(target);
      const grid = target.closest(".g[data-decimals]");
      if (grid) soon(grid, () => share(grid));
      if (target.matches("textarea[data-most]")) {
        const words = measure(target);
        soon(target, () => words && say(words));
      }
      const group = isBox(target) && target.closest("[data-most]");
      if (group) count(group);
    });
  });
  comfort.dress("textarea[data-most]", (area) => area.value && measure(area));
  comfort.dress(".g[data-decimals]:has(output)", share);
}
