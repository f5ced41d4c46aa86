// Puts what the server shows into the page: only what differs changes, and nothing that is being typed.

import { Idiomorph } from "idiomorph";
import { beforeOf, isControl, put, putSaved, savedOf, valueOf, type Control } from "./fields";
import { byId } from "./page";

/** A field whose text the server has not yet: it stays as it is. */
interface Kept {
  id: string;
  value: string;
  saved: string;
  before: string | null;
}

type Watcher = (ids: readonly string[]) => void;

const watchers: Watcher[] = [];
const shown = new Map<string, string>();
/** What was sent and not answered yet, by id of field. */
const sent = new Map<string, string>();
let isHeld = false;
let held: Record<string, string> = {};
let isWhole = true;

/** Called after panes have changed, with their ids; and once now. */
export function whenShown(watcher: Watcher): void {
  watchers.push(watcher);
  watcher([]);
}

/** Note what goes to the server, so that its answer is known from what somebody else wrote. */
export function noteSent(control: Control): void {
  sent.set(control.id, valueOf(control));
}

export function sentOf(control: Control): string | undefined {
  return sent.get(control.id);
}

export function forgetSent(id: string, value: string): void {
  if (sent.get(id) === value) sent.delete(id);
}

/** While something is dragged, nothing else moves. */
export function hold(): void {
  isHeld = true;
}

export function release(): void {
  isHeld = false;
  const waiting = held;
  held = {};
  show(waiting);
}

/** The marks of the pieces that are shown, for an answer that leaves them out. */
export function marks(): string {
  return [...document.querySelectorAll<HTMLElement>("[data-pane] [data-mark]")].map(markOf).join(" ");
}

/** Whether nothing was left out that is not shown: else all is asked for again. */
export function hasAll(): boolean {
  return isWhole;
}

/** Morph panes, each given as its outer HTML by id; a piece that is marked as held stays as it is. */
export function show(panes: Record<string, string>): void {
  if (isHeld) {
    held = { ...held, ...panes };
    return;
  }
  const changed: string[] = [];
  isWhole = true;
  for (const [id, html] of Object.entries(panes)) {
    const pane = byId(id);
    if (!pane || (shown.get(id) === html && !hasChanges(pane))) continue;
    const fresh = parse(html, id);
    if (!fresh) continue;
    for (const piece of fresh.querySelectorAll<HTMLElement>("[data-held]")) match(piece);
    morph(pane, fresh);
    shown.set(id, html);
    changed.push(id);
  }
  if (changed.length) for (const watcher of watchers) watcher(changed);
}

/** Find the piece that an answer left out; another answer may have changed or removed it meanwhile. */
function match(piece: HTMLElement): void {
  const here = byId(piece.id);
  if (!here || markOf(here) !== markOf(piece)) isWhole = false;
  if (here) piece.dataset["mark"] = markOf(here);
  else piece.remove();
}

function markOf(node: HTMLElement): string {
  return node.dataset["mark"] ?? "";
}

/** The panes of a whole page, as `show` takes them. */
export function panesOf(page: Document): Record<string, string> {
  const found = [...page.querySelectorAll<HTMLElement>("[data-pane][id]")];
  return Object.fromEntries(found.map((pane) => [pane.id, pane.outerHTML]));
}

/** Have a node become another, field by field. */
export function morph(node: HTMLElement, fresh: HTMLElement): void {
  const kept = keep(node, fresh);
  Idiomorph.morph(node, fresh, {
    morphStyle: "outerHTML",
    callbacks: {
      beforeNodeMorphed: (old, next) => !isSamePiece(old, next),
      // What a person has unfolded stays unfolded.
      beforeAttributeUpdated: (name, element) => !(name === "open" && element.localName === "details"),
    },
  });
  for (const one of kept) restore(one);
}

function isSamePiece(old: Node, next: Node): boolean {
  return old instanceof HTMLElement && next instanceof HTMLElement && markOf(next) !== "" && markOf(old) === markOf(next);
}

export function parse(html: string, id: string): HTMLElement | null {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  return body.querySelector<HTMLElement>(`#${CSS.escape(id)}`) ?? (body.firstElementChild as HTMLElement | null);
}

function hasChanges(pane: HTMLElement): boolean {
  return fieldsOf(pane).some((one) => valueOf(one) !== savedOf(one));
}

/** Every field, also those that only a button sends: what is typed there is not lost either. */
function fieldsOf(node: ParentNode): Control[] {
  return [...node.querySelectorAll("input, select, textarea")].filter(isControl);
}

function keep(node: HTMLElement, fresh: HTMLElement): Kept[] {
  const kept: Kept[] = [];
  for (const control of fieldsOf(node)) {
    const value = valueOf(control);
    if (!control.id || value === savedOf(control)) continue;
    const next = fresh.querySelector(`#${CSS.escape(control.id)}`);
    if (!isControl(next) || valueOf(next) === value) continue;
    const saved = savedOf(next);
    // Ours came back, or nothing happened to it: what is typed now replaces that. Else somebody else wrote there:
    // the value that is replaced stays the one that this person saw, so that the server tells both.
    const isTheirs = saved !== savedOf(control) && saved !== sent.get(control.id);
    const before = isTheirs ? (beforeOf(control)?.value ?? null) : null;
    put(next, value);
    kept.push({ id: control.id, value, saved: isTheirs ? savedOf(control) : saved, before });
  }
  return kept;
}

function restore(one: Kept): void {
  const control = byId(one.id);
  if (!isControl(control)) return;
  putSaved(control, one.saved);
  put(control, one.value);
  const before = beforeOf(control);
  if (before && one.before !== null) before.value = one.before;
}
