// The shortcuts. A single key does nothing in a field, and single keys may be turned off altogether.

import type { Edits } from "./edit";
import type { Typing } from "./typing";
import { byId } from "./page";

const SINGLE_OFF = "studio-single-keys-off";
const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), select, textarea, [contenteditable]";

export class Keys {
  constructor(
    private readonly edits: Edits,
    private readonly typing: Typing,
  ) {
    document.addEventListener("keydown", (event) => this.pressed(event));
    byId("studio-keys-open")?.addEventListener("click", () => this.openList());
    byId("studio-keys-close")?.addEventListener("click", () => this.list?.close());
    const single = byId("studio-single-keys") as HTMLInputElement | null;
    if (single) {
      single.checked = localStorage.getItem(SINGLE_OFF) === null;
      single.addEventListener("change", () => {
        if (single.checked) localStorage.removeItem(SINGLE_OFF);
        else localStorage.setItem(SINGLE_OFF, "1");
      });
    }
  }

  private get list(): HTMLDialogElement | null {
    return byId("studio-keys") as HTMLDialogElement | null;
  }

  private pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    const isInField = event.target instanceof Element && event.target.matches(FIELDS);
    if (isInField) return;
    const isDone = this.historic(event) || this.onElement(event) || this.single(event);
    if (isDone) event.preventDefault();
  }

  /** Ctrl+Z, Ctrl+Y (and Ctrl+Shift+Z). */
  private historic(event: KeyboardEvent): boolean {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
    const key = event.key.toLowerCase();
    const act = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    if (act) this.act(act);
    return act !== "";
  }

  /** Alt+↑, Alt+↓, Alt+D, Suppr, on the element that has the focus. */
  private onElement(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey) return false;
    const element = elementOf(event.target);
    if (!element) return false;
    if (event.altKey) {
      const acts: Record<string, string> = { ArrowUp: "move-up", ArrowDown: "move-down", KeyD: "duplicate" };
      const act = acts[event.code];
      if (act) this.act(`${act}:${element}`);
      return act !== undefined;
    }
    // On a card or its line of the outline, not on a button that lies in it.
    const isOnIt = event.target instanceof HTMLElement && event.target.dataset["element"] !== undefined;
    if (event.key !== "Delete" || !isOnIt || event.repeat) return false;
    this.act(`delete:${element}`);
    return true;
  }

  private single(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(SINGLE_OFF) !== null) return false;
    if (event.key === "?") this.openList();
    else if (event.key === "/") {
      const find = byId("find");
      find?.focus();
      if (find instanceof HTMLInputElement) find.select();
    } else return false;
    return true;
  }

  private openList(): void {
    if (this.list && !this.list.open) this.list.showModal();
  }

  private act(act: string): void {
    this.typing.flush();
    this.edits.act(act);
  }
}

function elementOf(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<HTMLElement>("[data-element]")?.dataset["element"] : undefined;
}
