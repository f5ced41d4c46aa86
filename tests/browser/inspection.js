// What is looked at on a page of a respondent: gives the faults found, each with the criterion of the RGAA that it
// breaks (or the bar of ours), as ["11.5 …", …]. Runs in the page, so it knows what is really shown.
({ width }) => {
  const faults = [];
  const fault = (rule, node, more = "") => faults.push(`${rule}: ${(node?.outerHTML ?? "").slice(0, 110)} ${more}`);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const box = (node) => node.getBoundingClientRect();
  const words = (node) => (node?.textContent ?? "").replace(/\s+/g, " ").trim();
  const isShown = (node) => {
    const { width, height } = box(node);
    return width > 0 && height > 0 && getComputedStyle(node).visibility === "visible" && !node.closest(".sr, .skip");
  };
  const linesOf = (node) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    const lines = [];
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      if (text.parentElement.closest(".sr") || !text.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      lines.push(...range.getClientRects());
    }
    return lines;
  };
  const byIds = (ids) => (ids ?? "").split(/\s+/).filter(Boolean).map((id) => document.getElementById(id));
  const fields = all("main input:not([type=hidden]), main select, main textarea").filter(isShown);
  const isChoice = (node) => node.type === "radio" || node.type === "checkbox";

  // -- nothing runs over, nothing is cut (10.4, 10.11, 10.12) --
  if (document.documentElement.scrollWidth > width) {
    const wide = all("body *").filter((node) => isShown(node) && box(node).right > width + 0.5);
    fault("10.11 wider than the window", wide.at(-1), document.documentElement.scrollWidth);
  }
  for (const node of all("body *")) {
    const style = getComputedStyle(node);
    if (node.closest(".sr, .skip, .scroll, pre, svg, select, progress, textarea") || style.display === "inline") continue;
    const hides = [style.overflowX, style.overflowY].some((one) => one === "hidden" || one === "clip");
    if (hides && words(node) && (node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1)) fault("10.12 clipped", node);
  }
  for (const node of all(".b, .n > span, .c > span, legend, label, .err, .hint, .ends > span, .lang button, .lang a").filter(isShown)) {
    if (getComputedStyle(node).display === "inline") continue;
    const { left, right, top, bottom } = box(node);
    const isOut = (one) => one.width > 1 && (one.left < left - 2 || one.right > right + 2 || one.top < top - 6 || one.bottom > bottom + 6);
    if (linesOf(node).some(isOut)) fault("10.12 words out of their box", node);
  }

  // -- targets (WCAG 2.5.8; ours: 52 px for a choice, 44 px for a box of a grid on a phone) --
  const targetOf = (node) => (isChoice(node) ? node.closest("label") ?? node : node);
  for (const node of new Set([...fields, ...all("a[href], button").filter(isShown)].map(targetOf))) {
    const { width: wide, height: high } = box(node);
    const isInText = node.matches("p a, li a, dd a") && getComputedStyle(node).display === "inline";
    if (!isInText && (wide < 23.9 || high < 23.9)) fault("2.5.8 target under 24 px", node, `${wide}×${high}`);
    if (node.matches("label.c") && high < 51.9) fault("choice under 52 px", node, `${wide}×${high}`);
    if (node.matches("label.n") && width < 640 && high < 43.9) fault("box of a grid under 44 px", node, `${wide}×${high}`);
  }

  // -- headings, ids (9.1, 8.2) --
  const headings = all("h1, h2, h3, h4").filter(isShown).map((node) => Number(node.tagName[1]));
  if (headings.filter((level) => level === 1).length !== 1) fault("9.1 not one h1", null, headings.join());
  headings.reduce((before, level) => { if (level > before + 1) fault("9.1 level skipped", null, headings.join()); return level; }, 1);
  const ids = all("[id]").map((node) => node.id);
  for (const id of new Set(ids.filter((id, place) => ids.indexOf(id) !== place))) fault("8.2 id twice", document.getElementById(id));
  if (document.title.trim().length < 8) fault("8.5 title", null, document.title);

  // -- names (11.1), beside their field (11.4) --
  for (const node of fields) {
    const own = byIds(node.getAttribute("aria-labelledby"));
    const naming = own.length ? own : [...(node.labels ?? [])];
    if (!naming.some((one) => words(one)) && !node.getAttribute("aria-label")?.trim()) fault("11.1 without a name", node);
    for (const label of naming.filter((one) => one && !one.contains(node) && isShown(one))) {
      const between = fields.filter((one) => one !== node && one.name !== node.name && !one.closest(".agree, .rank")
        && !label.contains(one) && label.compareDocumentPosition(one) & 4 && node.compareDocumentPosition(one) & 2);
      if (between.length && !isChoice(node) && !node.matches(".rank select")) fault("11.4 label far from its field", node, between[0].name);
    }
  }

  // -- groups (11.5 to 11.7) --
  for (const node of fields.filter(isChoice)) {
    const group = node.closest("fieldset");
    if (!group && node.type === "checkbox" && fields.filter((one) => one.name === node.name).length === 1) continue;
    if (!group) fault("11.5 choice without a fieldset", node);
    else if (group.firstElementChild?.tagName !== "LEGEND") fault("11.6 legend is not first", group);
    else if (words(group.firstElementChild).length < 2) fault("11.7 empty legend", group);
  }
  for (const name of new Set(fields.filter((node) => node.type === "radio").map((node) => node.name))) {
    const groups = new Set(fields.filter((node) => node.name === name && !node.closest(".found")).map((node) => node.closest("fieldset")));
    if (groups.size > 1) fault("11.5 one group in several fieldsets", [...groups][0]);
  }

  // -- what is said of a field (11.10, 11.11) --
  for (const attribute of ["aria-describedby", "aria-labelledby", "aria-controls", "aria-owns"]) {
    for (const node of all(`[${attribute}]`)) {
      if (byIds(node.getAttribute(attribute)).some((one) => !one)) fault(`11.10 ${attribute} leads nowhere`, node);
    }
  }
  for (const node of all("main .bad").filter(isShown)) {
    const message = all(".err", node)[0];
    const invalid = [node, ...all("[aria-invalid=true]", node)].filter((one) => one.getAttribute("aria-invalid") === "true");
    if (!message || words(message).length < 12) { fault("11.11 no message", node); continue; }
    if (!invalid.length && !all("[aria-invalid=true]", node.closest(".q") ?? node).length) fault("11.10 not said to be invalid", node);
    const told = [node, ...all("[aria-describedby]", node)].some((one) => byIds(one.getAttribute("aria-describedby"))
      .some((said) => said && (said.contains(message) || message.contains(said))));
    if (!told) fault("11.10 its message is not its description", node);
  }
  for (const link of all(".summary a[href^='#']")) {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target) fault("11.10 a link of the summary leads nowhere", link);
    else if (!target.matches("input, select, textarea, button, [tabindex]")) fault("11.10 a link of the summary leads to no field", link);
    if (words(link).length < 12) fault("11.11 the summary does not say what to do", link);
  }

  // -- the rows of a grid: a table for the eye from 40em on, blocks below (R4.4) --
  for (const grid of all(".g:not(.one):not(.wrap-boxes)").filter(isShown)) {
    const rows = all(".row:not(.sum)", grid).filter(isShown);
    const columns = rows.map((row) => all(".boxes > .n, .cell .f", row).map((one) => Math.round(box(one).left)).join());
    for (const row of rows) {
      const label = all("legend, label:not(.n)", row)[0];
      const inputs = all(".boxes, .cell", row)[0];
      if (!label || !inputs || row.matches(".bad, .look")) continue;
      const isBeside = box(label).left < box(inputs).left && box(label).right <= box(inputs).left + 2;
      if (width >= 640 && !isBeside) fault("R4.4 a row is not a line", row);
      if (width < 640 && box(label).bottom > box(inputs).top + 2) fault("R4.4 a row is not a block", row);
    }
    if (width >= 640 && new Set(columns).size > 1) fault("R4.4 columns do not stand one under the other", grid, [...new Set(columns)].join(" | "));
  }
  return faults;
}
