// On a phone the outline and the properties are sheets over the canvas, opened by buttons; the focus comes back.

import type { Selection } from "./select";
import { giveTo } from "./focus";
import { byId, type StudioPage } from "./page";

const WIDE = "(min-width: 64em)";
const SHEETS = ["outline", "properties"];

export class Sheets {
  private opener = "";

  constructor(
    private readonly page: StudioPage,
    selection: Selection,
  ) {
    page.root.classList.add("has-sheets");
    for (const id of ["studio-sheets", "studio-close-sheet"]) {
      const part = byId(id);
      if (!part) continue;
      part.hidden = false;
      page.root.prepend(part);
    }
    for (const button of page.root.querySelectorAll<HTMLElement>("[data-sheet-button]")) {
      button.addEventListener("click", () => this.open(button.dataset["sheetButton"] ?? "", button.id));
    }
    byId("studio-close-sheet")?.addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen && !document.querySelector("dialog[open]")) this.close();
    });
    matchMedia(WIDE).addEventListener("change", () => this.close());
    selection.whenChosen((link) => this.chosen(link));
  }

  private get isOpen(): boolean {
    return this.page.root.dataset["sheet"] !== undefined;
  }

  private chosen(link: HTMLAnchorElement): void {
    if (matchMedia(WIDE).matches) return;
    const card = `e${this.page.at}`;
    if (this.isOpen) {
      this.opener = card;
      this.close();
    } else if (link.closest("#canvas")) this.open("properties", link.id || card);
  }

  private open(name: string, opener: string): void {
    if (!SHEETS.includes(name)) return;
    this.opener = opener;
    this.page.root.dataset["sheet"] = name;
    this.say(name);
    // What lies behind is neither seen whole nor reached.
    for (const one of this.behind(name)) one.inert = true;
    const title = byId(name)?.querySelector<HTMLElement>("h2");
    if (!title) return;
    title.tabIndex = -1;
    title.focus();
  }

  private close(): void {
    const name = this.page.root.dataset["sheet"];
    if (name === undefined) return;
    delete this.page.root.dataset["sheet"];
    this.say("");
    for (const one of this.behind(name)) one.inert = false;
    giveTo(this.opener);
  }

  private behind(name: string): HTMLElement[] {
    const panes = [...this.page.root.children] as HTMLElement[];
    return panes.filter((one) => one.id !== name && one.id !== "studio-close-sheet");
  }

  private say(open: string): void {
    for (const button of this.page.root.querySelectorAll<HTMLElement>("[data-sheet-button]")) {
      button.setAttribute("aria-expanded", String(button.dataset["sheetButton"] === open));
    }
  }
}
