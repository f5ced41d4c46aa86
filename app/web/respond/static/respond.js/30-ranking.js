"use strict";

/**
 * Ranking by buttons, or by dragging a row by its number. The lists of ranks stay what is posted: the buttons set them.
 */
{
  const { tell, say } = comfort;
  const ACTS = { add: "", up: "\u2191", down: "\u2193", out: "\u00d7" };

  const rankOf = (row) => row.querySelector("select").selectedIndex;
  const labelOf = (row) => row.querySelector("[id]:not(select, button)").firstChild.textContent.trim();

  /** @param {HTMLElement} list  of the rows of one question */
  const dress = (list) => {
    const isFixed = list.querySelector("template") !== null;
    const first = [...list.querySelectorAll(".rank")];
    const most = first[0].querySelector("select").length - 1;
    const rows = () => [...list.querySelectorAll(".rank")];
    const ranked = () => rows().filter(rankOf).sort((one, other) => rankOf(one) - rankOf(other));

    /** Show the ranks as they are in the lists; the focus stays where it is, or goes to what took its place. */
    const show = () => {
      const order = ranked();
      const focused = document.activeElement;
      const wanted = isFixed ? rows() : [...order, ...first.filter((row) => !order.includes(row))];
      if (rows().some((row, place) => row !== wanted[place])) list.append(...wanted);
      for (const row of rows()) {
        const rank = rankOf(row);
        const place = order.indexOf(row);
        row.classList.toggle("on", rank > 0);
        row.querySelector(".place").textContent = rank || "";
        const shown = { add: !rank, up: place > 0, down: rank && place < order.length - 1, out: rank };
        for (const button of row.querySelectorAll("button")) button.hidden = !shown[button.dataset.act];
      }
      const row = list.contains(focused) && focused.closest(".rank");
      if (row) (focused.hidden ? row.querySelector("button:not([hidden])") : focused).focus();
    };

    const write = (order) => {
      for (const row of rows()) row.querySelector("select").selectedIndex = order.indexOf(row) + 1;
    };
    const keep = (row) => {
      comfort.changed(row.querySelector("select"));
      const rank = rankOf(row);
      say(tell(rank ? "ranked" : "unranked", { choice: labelOf(row), rank, most }));
    };

    const act = (row, name) => {
      const order = ranked();
      const place = order.indexOf(row);
      if (name === "add" && order.length >= most) return say(tell("ranks_full", { most }));
      if (place >= 0) order.splice(place, 1);
      if (name !== "out") order.splice({ up: place - 1, down: place + 1 }[name] ?? order.length, 0, row);
      write(order);
      keep(row);
    };

    /** Dragging: by mouse from anywhere on the row, by finger from its number, so that the page still scrolls. */
    const drag = (event) => {
      const row = event.target.closest(".rank");
      const isHeld = event.pointerType === "mouse" || event.target.closest(".place");
      if (!row || !isHeld || event.button || event.target.closest("button")) return;
      const before = rankOf(row);
      if (!before && ranked().length >= most) return;
      list.setPointerCapture(event.pointerId);
      const move = ({ clientY }) => {
        if (Math.abs(clientY - event.clientY) < 6 && rankOf(row) === before) return;
        const others = ranked().filter((one) => one !== row);
        const middle = (one) => one.getBoundingClientRect().top + one.offsetHeight / 2;
        others.splice(others.filter((one) => middle(one) < clientY).length, 0, row);
        row.classList.add("held");
        write(others);
        show();
      };
      const drop = () => {
        list.removeEventListener("pointermove", move);
        row.classList.remove("held");
        if (rankOf(row) !== before) keep(row);
      };
      list.addEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"]) list.addEventListener(type, drop, { once: true });
    };

    for (const row of first) {
      const select = row.querySelector("select");
      const label = labelOf(row);
      const moves = Object.assign(document.createElement("span"), { className: "moves" });
      for (const [name, sign] of Object.entries(ACTS)) {
        const button = Object.assign(document.createElement("button"), { type: "button" });
        button.textContent = sign || tell("rank_add");
        button.setAttribute("aria-label", tell(`rank_${name}_this`, { choice: label }));
        button.dataset.act = name;
        button.addEventListener("click", () => act(row, name));
        if (name === "add") select.before(button);
        else moves.append(button);
      }
      const place = Object.assign(document.createElement("b"), { className: "place" });
      const button = select.previousElementSibling; // a link of the summary leads to it from here on
      if (select.id) [button.id, select.id] = [select.id, ""];
      select.hidden = true;
      select.before(place);
      row.append(moves);
    }
    list.classList.add("by");
    list.addEventListener("change", show);
    list.addEventListener("pointerdown", drag);
    show();
  };

  comfort.dress(".list:has(> .rank)", dress);
}
