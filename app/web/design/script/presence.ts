// Says where this person is, and shows where the others are, and what the checks behind have found.

import type { Edits } from "./edit";
import { repair, stand } from "./focus";
import { byId, say, sentence, type Other, type StudioPage } from "./page";
import { hasAll, marks, whenShown } from "./panes";
import { post } from "./post";
import type { UnsavedText } from "./unsaved";

const EVERY_MS = 3_000;
const WHILE_CHECKED_MS = 300;

export class Presence {
  private others: Other[] = [];
  private timer = 0;
  private isAsking = false;
  private checkedFrom = 0;

  constructor(
    private readonly page: StudioPage,
    private readonly edits: Edits,
    private readonly kept: UnsavedText,
  ) {
    whenShown(() => this.mark());
    edits.listen({ settled: () => this.edited(), conflict: () => undefined });
    document.addEventListener("visibilitychange", () => this.wait(0));
    this.wait(0);
  }

  private get isChecked(): boolean {
    return byId("status")?.hasAttribute("data-pending") ?? false;
  }

  private edited(): void {
    this.checkedFrom = performance.now();
    this.wait(WHILE_CHECKED_MS);
  }

  private wait(delay = this.isChecked ? WHILE_CHECKED_MS : EVERY_MS): void {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = window.setTimeout(() => void this.pulse(), delay);
  }

  private async pulse(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    this.kept.beat();
    const body = new URLSearchParams({
      csrf_token: this.page.token,
      client: this.page.client,
      at: this.page.at,
      lang: this.page.lang,
      revision: String(this.page.revision),
      mark: hasAll() ? this.page.mark : "",
      held: marks(),
    });
    const outcome = await post(this.page.pulseUrl, body);
    this.isAsking = false;
    if (outcome.kind === "answer") {
      const before = stand();
      const wasChecked = this.isChecked;
      // An answer that crossed an edit of ours is older than what is shown.
      if (!this.edits.isPending) this.edits.take(outcome.answer);
      if (wasChecked && !this.isChecked) this.checked();
      this.meet(outcome.answer.others ?? []);
      repair(before, `e${this.page.at}`);
      this.edits.retry();
    }
    if (outcome.kind === "signed-out") this.edits.signOut();
    if (outcome.kind !== "refused") this.wait();
  }

  private checked(): void {
    performance.measure("studio:check", { start: this.checkedFrom, end: performance.now() });
  }

  private meet(others: Other[]): void {
    const known = new Set(this.others.map((one) => `${one.name}:${one.element}`));
    const arrived = others.filter((one) => String(one.element) === this.page.at && !known.has(`${one.name}:${one.element}`));
    this.others = others;
    this.mark();
    for (const one of arrived) say(sentence("other-here", { who: one.name }));
  }

  private mark(): void {
    const names = new Map<string, string[]>();
    for (const one of this.others) {
      const element = String(one.element);
      names.set(element, [...(names.get(element) ?? []), one.name]);
    }
    for (const slot of document.querySelectorAll<HTMLElement>("[data-others]")) {
      const here = names.get(slot.dataset["others"] ?? "") ?? [];
      const wanted = here.map((name) => sentence("here", { who: name }));
      const shown = [...slot.children].map((one) => one.textContent);
      if (wanted.join("\n") !== shown.join("\n")) slot.replaceChildren(...wanted.map(tag));
    }
  }
}

function tag(text: string): HTMLSpanElement {
  const span = document.createElement("span");
  span.className = "here";
  span.textContent = text;
  return span;
}
