// The editor of a rule: each choice has the menus and the words drawn again in place; what is saved leaves the page.

import { Idiomorph } from "idiomorph";
import { repair, settle, stand, type Stand } from "./focus";
import { parse } from "./panes";
import { get, post, type Outcome } from "./post";

type Typed = HTMLInputElement | HTMLTextAreaElement;

export class RuleEditor {
  private asked = 0;
  /** A button is held down: nothing may move under the pointer. */
  private isPressing = false;

  constructor(private readonly box: HTMLElement) {
    document.documentElement.classList.add("scripted-rule");
    box.addEventListener("pointerdown", (event) => {
      this.isPressing = event.target instanceof Element && event.target.closest("button, a") !== null;
    });
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (this.isPressing = false));
    box.addEventListener("change", (event) => {
      const form = event.target instanceof Element ? event.target.closest("form") : null;
      if (form && !this.isPressing) void this.send(form, null);
    });
    box.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!(event.target instanceof HTMLFormElement) || !(button instanceof HTMLButtonElement)) return;
      if ("plain" in button.dataset) return;
      event.preventDefault();
      void this.send(event.target, button);
    });
  }

  private async send(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
    const before = stand();
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form, button)) if (typeof value === "string") body.append(name, value);
    if (!button) body.set("act", "refresh");
    const sent = new Map(typedIn(this.box).map((one) => [one.id, one.value]));
    this.asked += 1;
    const mine = this.asked;
    let outcome = await post(form.action, body);
    if (outcome.kind === "stale" && (await this.renew())) {
      body.set("csrf_token", tokenOf(this.box)?.value ?? "");
      outcome = await post(form.action, body);
    }
    if (mine !== this.asked || (this.isPressing && !button)) return;
    this.settle(outcome, form, before, button, sent);
  }

  private settle(
    outcome: Outcome,
    form: HTMLFormElement,
    before: Stand,
    button: HTMLButtonElement | null,
    sent: ReadonlyMap<string, string>,
  ): void {
    if (outcome.kind === "fragment") this.replace(outcome.html, before, button ? null : sent);
    else if (outcome.kind === "answer" && outcome.answer.to) location.assign(outcome.answer.to);
    else if (outcome.kind === "away" || outcome.kind === "failed") this.tell("away");
    else if (outcome.kind === "signed-out" || outcome.kind === "stale") this.tell("session");
    else this.submitPlainly(form, button);
  }

  /** The session was renewed in another tab: its token is taken from the page as it is now. */
  private async renew(): Promise<boolean> {
    const fresh = await get(location.href);
    const token = fresh instanceof Document ? tokenOf(fresh)?.value : undefined;
    const here = tokenOf(this.box);
    if (!token || !here || token === here.value) return false;
    here.value = token;
    return true;
  }

  /** `sent`: what the fields held when nobody pressed anything; what was typed since stays. */
  private replace(html: string, before: Stand, sent: ReadonlyMap<string, string> | null): void {
    const fresh = parse(html, this.box.id);
    if (!fresh) return;
    const kept = sent ? typedIn(this.box).filter((one) => sent.has(one.id) && sent.get(one.id) !== one.value) : [];
    const values = new Map(typedIn(fresh).map((one) => [one.id, one.value]));
    for (const one of kept) values.set(one.id, one.value);
    const chosen = new Map([...fresh.querySelectorAll("select")].map((one) => [one.id, one.value]));
    const ticked = new Map(boxesIn(fresh).map((one) => [one.id, one.checked]));
    Idiomorph.morph(this.box, fresh.innerHTML, { morphStyle: "innerHTML" });
    // A field that somebody touched no longer follows its attributes.
    for (const one of typedIn(this.box)) one.value = values.get(one.id) ?? one.value;
    for (const one of this.box.querySelectorAll("select")) one.value = chosen.get(one.id) ?? one.value;
    for (const one of boxesIn(this.box)) one.checked = ticked.get(one.id) ?? one.checked;
    if (sent) repair(before, this.box.id);
    else settle(before, this.box.querySelector("[autofocus]")?.id, this.box.id);
  }

  private tell(what: "away" | "session"): void {
    for (const one of this.box.querySelectorAll<HTMLElement>("[data-when]")) one.hidden = one.dataset["when"] !== what;
  }

  /** The page knows what to show of an answer that is none of ours: a version published meanwhile, a conflict. */
  private submitPlainly(form: HTMLFormElement, button: HTMLButtonElement | null): void {
    const pressed = button ?? form.querySelector<HTMLButtonElement>("button[value=refresh]");
    if (!pressed) return;
    pressed.dataset["plain"] = "";
    form.requestSubmit(pressed);
  }
}

function typedIn(box: HTMLElement): Typed[] {
  return [...box.querySelectorAll<Typed>("input[type=text], textarea")];
}

function boxesIn(box: HTMLElement): HTMLInputElement[] {
  return [...box.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
}

function tokenOf(page: ParentNode): HTMLInputElement | null {
  return page.querySelector<HTMLInputElement>("input[name=csrf_token]");
}
