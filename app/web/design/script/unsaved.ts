// Text that the server has not acknowledged, kept in this browser so that a crash or a reload loses nothing.

import { beforeOf, keyOf, savedOf, valueOf, type Control } from "./fields";
import type { StudioPage } from "./page";

/** A value typed and not saved, with all that is needed to send it later. */
export interface Unsaved {
  id: string;
  at: string;
  key: string;
  name: string;
  label: string;
  value: string;
  posted: string;
  before: string;
  act: string;
  client: string;
  seen: number;
}

/** A tab that said nothing for so long is gone: what it kept may be offered by another. */
const GONE_MS = 15_000;

export class UnsavedText {
  constructor(private readonly page: StudioPage) {}

  private nameOf(id: string): string {
    return `${this.page.scope}:${this.page.client}:${id}`;
  }

  /** Keep what a field holds; forget it when it holds what is saved. */
  keep(control: Control, at: string, act: string): void {
    // A tick is sent at once, and is no text to write again.
    const isTick = control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio");
    if (!control.id || isTick || (control instanceof HTMLSelectElement && control.multiple)) return;
    const value = valueOf(control);
    if (value === savedOf(control)) {
      this.forget(control.id);
      return;
    }
    this.write({
      id: control.id,
      at,
      key: keyOf(control),
      name: control.name,
      label: control.labels?.[0]?.textContent?.trim() ?? "",
      value,
      posted: control.value,
      before: beforeOf(control)?.value ?? "",
      act,
      client: this.page.client,
      seen: Date.now(),
    });
  }

  forget(id: string): void {
    localStorage.removeItem(this.nameOf(id));
  }

  /** Drop what was kept of a field, when that is what the server has now. */
  acknowledge(at: string, key: string, posted: string | null): void {
    for (const one of this.own()) {
      if (one.at === at && one.key === key && one.posted === posted) this.forget(one.id);
    }
  }

  drop(one: Unsaved): void {
    localStorage.removeItem(`${this.page.scope}:${one.client}:${one.id}`);
  }

  own(): Unsaved[] {
    return this.all().filter((one) => one.client === this.page.client);
  }

  /** What this tab kept before it was loaded again, and what tabs that are gone kept. */
  left(): Unsaved[] {
    const now = Date.now();
    return this.all().filter((one) => one.client === this.page.client || now - one.seen > GONE_MS);
  }

  /** Tell other tabs that this one is there. */
  beat(): void {
    const now = Date.now();
    for (const one of this.own()) this.write({ ...one, seen: now });
  }

  private write(one: Unsaved): void {
    try {
      localStorage.setItem(this.nameOf(one.id), JSON.stringify(one));
    } catch {
      // A full or forbidden store: the page still warns before it is left.
    }
  }

  private all(): Unsaved[] {
    const found: Unsaved[] = [];
    for (let index = 0; index < localStorage.length; index += 1) {
      const name = localStorage.key(index);
      if (!name?.startsWith(`${this.page.scope}:`)) continue;
      try {
        found.push(JSON.parse(localStorage.getItem(name) ?? "") as Unsaved);
      } catch {
        localStorage.removeItem(name);
      }
    }
    return found.sort((one, other) => one.id.localeCompare(other.id));
  }
}
