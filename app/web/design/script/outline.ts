// The outline is one stop of the Tab key: its lines are walked with the arrows.

import { whenShown } from "./panes";

const LINES = "#outline a[data-element]";

export function walkOutline(): void {
  whenShown((ids) => {
    if (!ids.length || ids.includes("outline")) rove();
  });
  document.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLElement && event.target.matches(LINES)) rove(event.target);
  });
  document.addEventListener("keydown", pressed);
}

function lines(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(LINES)].filter((line) => line.getClientRects().length > 0);
}

/** One line is in the order of the Tab key: the one with the focus, else the current one, else the first. */
function rove(chosen?: HTMLElement): void {
  const all = [...document.querySelectorAll<HTMLElement>(LINES)];
  const kept = chosen ?? all.find((one) => one === document.activeElement) ?? all.find((one) => one.ariaCurrent) ?? all[0];
  for (const line of all) line.tabIndex = line === kept ? 0 : -1;
}

function pressed(event: KeyboardEvent): void {
  const line = event.target;
  if (!(line instanceof HTMLElement) || !line.matches(LINES)) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const all = lines();
  const place = all.indexOf(line);
  const places: Record<string, number> = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: all.length - 1 };
  const next = all[places[event.key] ?? -1];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
