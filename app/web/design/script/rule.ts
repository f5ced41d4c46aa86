// The editor of a rule: another variable or operator asks for its menus again; what is saved is an edit like another.

import type { Edits } from "./edit";
import type { Typing } from "./typing";
import { repair, settle, stand, type Stand } from "./focus";
import { say, sentence, type StudioPage } from "./page";
import { morph, parse } from "./panes";
import { post } from "./post";

const REFRESH = "refresh";

export class Rules {
  private asked = 0;

  constructor(
    private readonly page: StudioPage,
    private readonly edits: Edits,
    private readonly typing: Typing,
  ) {
    document.addEventListener("change", (event) => {
      const form = ruleForm(event.target);
      if (form && event.target instanceof HTMLSelectElement) void this.send(form, null);
    });
    document.addEventListener("submit", (event) => {
      const form = ruleForm(event.target);
      if (!form || event.defaultPrevented) return;
      event.preventDefault();
      void this.send(form, event.submitter);
    });
  }

  private async send(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
    this.typing.flush();
    const box = form.closest<HTMLElement>("[data-rule]");
    const before = stand();
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form, button)) if (typeof value === "string") body.append(name, value);
    if (!button) body.set("act", REFRESH);
    body.set("csrf_token", this.page.token);
    body.set("revision", String(this.page.revision));
    this.asked += 1;
    const mine = this.asked;
    const outcome = await post(form.action, body);
    if (mine !== this.asked || !box) return;
    if (outcome.kind === "answer") {
      this.edits.take(outcome.answer);
      settle(before, outcome.answer.focus, box.id, `e${this.page.at}`);
      say(outcome.answer.said ?? "");
    } else if (outcome.kind === "fragment") replace(box, outcome.html, before, button !== null);
    else if (outcome.kind === "signed-out") this.edits.signOut();
    else say(sentence(outcome.kind === "away" ? "away-short" : "refused"));
  }
}

function replace(box: HTMLElement, html: string, before: Stand, isPressed: boolean): void {
  const fresh = parse(html, box.id);
  if (!fresh) return;
  morph(box, fresh);
  const wanted = box.querySelector<HTMLElement>("[autofocus], [aria-invalid=true]")?.id;
  if (isPressed) settle(before, wanted, box.id);
  else repair(before, box.id);
}

function ruleForm(target: EventTarget | null): HTMLFormElement | null {
  if (!(target instanceof Element)) return null;
  return target.closest("[data-rule]") ? target.closest("form") : null;
}
