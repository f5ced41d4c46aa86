// Another element is looked at without a new page: the panes of its page take the place of these.

import type { Typing } from "./typing";
import { giveTo, isLost, stand } from "./focus";
import { say, sentence, type StudioPage } from "./page";
import { panesOf, show } from "./panes";
import { get } from "./post";

type Chosen = (link: HTMLAnchorElement) => void;

export class Selection {
  private asked = 0;
  private readonly watchers: Chosen[] = [];

  constructor(
    private readonly page: StudioPage,
    private readonly typing: Typing,
  ) {
    document.addEventListener("click", (event) => this.clicked(event));
    window.addEventListener("popstate", () => void this.go(location.href));
  }

  whenChosen(watcher: Chosen): void {
    this.watchers.push(watcher);
  }

  private clicked(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-select]") : null;
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    void this.choose(link);
  }

  private async choose(link: HTMLAnchorElement): Promise<void> {
    this.typing.flush();
    if (!(await this.go(link.href))) return;
    if (link.href !== location.href) history.pushState(null, "", link.href);
    for (const watcher of this.watchers) watcher(link);
  }

  private async go(url: string): Promise<boolean> {
    this.asked += 1;
    const mine = this.asked;
    const before = stand();
    const fresh = await get(url);
    if (mine !== this.asked) return false;
    if (!(fresh instanceof Document)) {
      say(sentence(fresh === "signed-out" ? "session-short" : "away-short"));
      return false;
    }
    const told = fresh.querySelector<HTMLElement>("#studio")?.dataset;
    show(panesOf(fresh));
    this.page.revision = Math.max(this.page.revision, Number(told?.["revision"] ?? 0));
    this.page.at = told?.["at"] ?? this.page.at;
    this.page.lang = told?.["lang"] ?? this.page.lang;
    if (isLost()) giveTo(before.id, `e${this.page.at}`, `o${this.page.at}`);
    return true;
  }
}
