"use strict";

/**
 * Conditions among the answers of one page. The page says which (conditions.py) and carries what is not shown in
 * templates, at its place. What leaves the page keeps what was typed in it, and is not posted.
 *
 * @typedef {{name: string, keys: string[], kind?: string, when?: Tree, parts?: Array<[string, Tree, string]>,
 *   all?: boolean, consent?: string, decimals?: number, low?: number, high?: number, worth?: number[],
 *   names?: string[], count?: number, shares?: boolean}} Asked
 */
{
  const ABSENCES = { nsp: -5, refus: -6 };
  const DAY = 86400000;
  const { number } = comfort;

  /** What was typed or ticked under a name, blanks aside. */
  const valuesOf = (form, name) =>
    new FormData(form).getAll(name).map((value) => String(value).trim().normalize("NFC")).filter(Boolean);

  const whole = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : text ? NaN : 0);
  const day = (d, m, y) => {
    const found = new Date(Date.UTC(y, m - 1, d));
    return found.getUTCDate() === d && y > 999 ? found.getTime() / DAY + 719163 : null;
  };

  /** How each kind of answer is read. @type {Record<string, (values: string[], asked: Asked, name: string, form: HTMLFormElement) => Answer>} */
  const READERS = {
    code: ([value]) => (value === undefined ? null : Number(value)),
    codes: (values) => (values.length ? values.map(Number).sort((one, other) => one - other) : null),
    text: ([value]) => value ?? null,
    number: ([value], { decimals = 0, low = 0, high = 2 ** 53 }) => {
      const found = value === undefined ? null : number(value, decimals);
      return found !== null && found >= low && found <= high ? found : null;
    },
    ranks: (values, { count }) => {
      const pairs = values.map((value) => value.split(":").map(Number)).sort((one, other) => one[1] - other[1]);
      return pairs.length === count && pairs.every((pair, place) => pair[1] === place + 1) ? pairs.map(([code]) => code) : null;
    },
    parts: (_, { names, worth, low = 0, high = 2 ** 53 }, name, form) => {
      const typed = names.map((part) => valuesOf(form, `${name}.${part}`)[0] ?? "");
      const parts = typed.map(whole);
      if (!typed.some(Boolean)) return null;
      let found = null;
      if (worth) found = parts.reduce((sum, part, place) => sum + part * worth[place], 0);
      else if (names.length === 3) found = day(parts[0], parts[1], parts[2]);
      else if (parts[0] >= 1 && parts[0] <= 12 && parts[1] > 999) found = 12 * parts[1] + parts[0] - 1;
      return found >= low && found <= high ? found : null;
    },
  };

  const read = (form, asked, name) => {
    const values = valuesOf(form, name);
    const absent = values.find((value) => value in ABSENCES);
    if (absent) return values.length > 1 ? null : { absence: ABSENCES[absent] };
    return READERS[asked.kind](values, asked, name, form);
  };

  /** The answers of a question that is shown: none without consent; of what is shared out, a blank beside others is 0. */
  const answersOf = (form, asked) => {
    if (asked.consent && !valuesOf(form, asked.consent).length) return {};
    const found = Object.fromEntries((asked.kind ? asked.keys : []).map((name) => [name, read(form, asked, name)]));
    if (asked.shares && Object.values(found).some((one) => typeof one === "number"))
      for (const name of asked.keys) found[name] ??= 0;
    return found;
  };

  /** What stands between a template and the one that ends it, shown or kept aside. */
  class Piece {
    constructor(start) {
      this.start = start;
      this.isShown = !start.content.hasChildNodes();
      this.nodes = [...start.content.childNodes];
      for (let node = start.nextSibling; this.isShown && node.nodeName !== "TEMPLATE"; node = node.nextSibling)
        this.nodes.push(node);
    }

    /** @returns {boolean} whether it changed */
    toggle(form, isShown) {
      if (isShown === this.isShown) return false;
      this.isShown = isShown;
      if (isShown) {
        for (const radio of this.find("[type=radio]"))
          if (form.querySelector(`[name="${radio.name}"]:checked`)) radio.checked = false;
        this.start.after(...this.nodes);
      } else this.start.content.append(...this.nodes);
      return true;
    }

    /** What is found in it by a selector. */
    find(selector) {
      return this.nodes.flatMap((node) => [...(node.querySelectorAll?.(selector) ?? [])]);
    }
  }

  comfort.each((form) => {
    if (!form.dataset.conditions) return;
    const { known: before, stored } = JSON.parse(form.dataset.known);
    /** @type {Asked[]} */
    const questions = JSON.parse(form.dataset.conditions);
    const pieces = new Map();
    for (const asked of questions) {
      const start = form.querySelector(`template[data-question="${asked.name}"]`);
      if (!start) continue;
      const own = new Piece(start);
      pieces.set(asked.name, own);
      for (const [name] of asked.parts ?? [])
        pieces.set(`${asked.name} ${name}`, own.find(`template[data-part="${name}"]`).map((one) => new Piece(one)));
    }

    /** Say what the page shows by now: the server reads the answers of these keys, and of no other. */
    const rebase = (asked, isShown, gone) => {
      const input = form.elements.namedItem("base");
      const base = JSON.parse(input.value || "{}");
      for (const key of [...asked.keys, ...(asked.beside ?? [])]) {
        const isAsked = isShown && !gone.includes(key);
        if (isAsked && !(key in base)) base[key] = stored[key] ?? null;
        else if (!isAsked && key in base) {
          stored[key] = base[key];
          delete base[key];
        }
      }
      input.value = JSON.stringify(base);
    };

    const settle = () => {
      const known = { ...before };
      let isOpened = false;
      for (const asked of questions) {
        const own = pieces.get(asked.name);
        const parts = (asked.parts ?? []).map(([name, tree, key]) => ({ name, key, isOn: rules.evaluate(tree, known) === true }));
        let isShown = own ? own.isShown : true;
        if (own) {
          if ("when" in asked) isShown = rules.evaluate(asked.when, known) === true;
          if (asked.all && !parts.some((part) => part.isOn)) isShown = false;
          let isChanged = own.toggle(form, isShown);
          for (const part of parts)
            for (const piece of pieces.get(`${asked.name} ${part.name}`))
              isChanged = piece.toggle(form, part.isOn) || isChanged;
          isOpened ||= isChanged && isShown;
          rebase(asked, isShown, parts.filter((part) => !part.isOn).map((part) => part.key));
        }
        if (isShown) Object.assign(known, answersOf(form, asked));
      }
      if (isOpened) form.dispatchEvent(new Event("opened"));
    };
    form.addEventListener("input", settle);
    form.addEventListener("change", settle);
    settle();
  });
}
