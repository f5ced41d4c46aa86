// The focus after a change: where the answer says, else where it was, never nowhere.

import { byId } from "./page";

/** Where the focus was when something was asked. */
export interface Stand {
  id: string;
  node: Element | null;
}

export function stand(): Stand {
  const node = document.activeElement;
  return { id: node?.id ?? "", node };
}

export function isLost(): boolean {
  const node = document.activeElement;
  return !node || node === document.body || !node.isConnected;
}

/** Give it to the first of these ids that can take it. */
export function giveTo(...ids: (string | null | undefined)[]): void {
  for (const id of ids) if (id && take(byId(id))) return;
  take(document.querySelector<HTMLElement>("#canvas h2, #canvas, #main"));
}

/** After an action: to where the answer says, unless the person has gone elsewhere meanwhile. */
export function settle(before: Stand, wanted: string | null | undefined, ...others: string[]): void {
  const hasGone = !isLost() && document.activeElement !== before.node && document.activeElement?.id !== before.id;
  if (!hasGone) giveTo(wanted, before.id, ...others);
}

/** After what nobody asked for: only when it was lost. */
export function repair(before: Stand, ...others: string[]): void {
  if (isLost() && before.node && before.node !== document.body) giveTo(before.id, ...others);
}

function take(node: HTMLElement | null): boolean {
  if (!node || node.matches(":disabled")) return false;
  node.focus();
  if (document.activeElement === node) return true;
  if (!node.hasAttribute("tabindex")) node.tabIndex = -1;
  node.focus();
  return document.activeElement === node;
}
