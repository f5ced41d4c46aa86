// Properties save themselves: a moment after the last key, at once when a box is ticked or the field is left.

import { beforeOf, controlOf, controlsOf, isChanged, keyOf, postedOf, put, putSaved, savedOf, valueName, valueOf, type Control } from "./fields";
import type { Edit, Edits } from "./edit";
import { byId, sentence, type StudioPage } from "./page";
import { forgetSent, noteSent, sentOf } from "./panes";
import { giveTo } from "./focus";
import type { Unsaved, UnsavedText } from "./unsaved";

const AFTER_LAST_KEY_MS = 600;
const SAVE = "save";

export class Typing {
  private readonly timers = new Map<HTMLFormElement, number>();
  /** Fields of an edit that is on its way: id -> value, so that its answer is matched. */
  private readonly inFlight = new WeakMap<URLSearchParams, Map<string, string>>();

  constructor(
    private readonly page: StudioPage,
    private readonly edits: Edits,
    private readonly kept: UnsavedText,
  ) {
    document.addEventListener("input", (event) => this.typed(event.target));
    document.addEventListener("change", (event) => this.changed(event.target));
    document.addEventListener("focusout", (event) => this.left(event.target));
    document.addEventListener("submit", (event) => this.submitted(event));
    document.addEventListener("visibilitychange", () => document.hidden && this.flush());
    window.addEventListener("beforeunload", (event) => {
      this.flush();
      if (this.edits.isPending || this.hasUnsaved()) event.preventDefault();
    });
    edits.listen({ settled: (edit, status) => this.settled(edit, status), conflict: () => undefined });
    this.offer();
  }

  /** Send what was typed and waits for its moment. */
  flush(): void {
    for (const form of [...this.timers.keys()]) this.save(form);
  }

  hasUnsaved(): boolean {
    return this.timers.size > 0 || this.kept.own().some((one) => byId(one.id) !== null);
  }

  private formOf(target: EventTarget | null): [Control, HTMLFormElement] | null {
    const control = controlOf(target);
    const form = control?.form;
    return control && form && this.page.isEditForm(form) ? [control, form] : null;
  }

  private typed(target: EventTarget | null): void {
    const found = this.formOf(target);
    if (!found) return;
    const [control, form] = found;
    this.kept.keep(control, this.atOf(form), actOf(form));
    clearTimeout(this.timers.get(form));
    this.timers.set(form, window.setTimeout(() => this.save(form), AFTER_LAST_KEY_MS));
  }

  private changed(target: EventTarget | null): void {
    const found = this.formOf(target);
    if (!found) return;
    this.kept.keep(found[0], this.atOf(found[1]), actOf(found[1]));
    this.save(found[1]);
  }

  private left(target: EventTarget | null): void {
    const found = this.formOf(target);
    if (found && this.timers.has(found[1])) this.save(found[1]);
  }

  private submitted(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !this.page.isEditForm(form) || event.defaultPrevented) return;
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter : null;
    if (button?.hasAttribute("formaction")) return;
    event.preventDefault();
    if (button?.getAttribute("aria-disabled") === "true") return;
    const fields = controlsOf(form);
    if (!fields.length) this.flush();
    this.send(form, fields, button, false);
  }

  private save(form: HTMLFormElement): void {
    clearTimeout(this.timers.get(form));
    this.timers.delete(form);
    if (!form.isConnected) return;
    const fields = controlsOf(form);
    // What is already on its way is not sent twice.
    const news = fields.filter((one) => valueOf(one) !== (sentOf(one) ?? savedOf(one)));
    if (news.length && !fields.some((one) => one.validity.badInput)) this.send(form, fields, null, true);
  }

  private send(form: HTMLFormElement, fields: Control[], button: HTMLButtonElement | null, isQuiet: boolean): void {
    clearTimeout(this.timers.get(form));
    this.timers.delete(form);
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form, button)) if (typeof value === "string") body.append(name, value);
    if (!body.has("act")) body.set("act", actOf(form));
    // A form beside the panes does not know what was chosen since the page came.
    if (!form.closest("[data-pane]")) for (const name of ["at", "lang"] as const) body.set(name, this.page[name]);
    const changed = fields.filter((one) => isChanged(one) || sentOf(one) !== undefined);
    for (const one of changed) noteSent(one);
    this.inFlight.set(body, new Map(changed.map((one) => [one.id, valueOf(one)])));
    const values = new Map(changed.map((one) => [keyOf(one), postedOf(fields, keyOf(one))]));
    this.edits.post(body, { form, values, isQuiet });
  }

  private settled(edit: Edit, status: number): void {
    // What was refused is not sent again by itself: only another text, or a choice between two, is.
    if (status === 409 || status === 422) return;
    for (const [id, value] of this.inFlight.get(edit.body) ?? []) forgetSent(id, value);
    if (status !== 200) return;
    const at = edit.body.get("at") ?? "";
    if (at !== this.page.at) {
      for (const [id, value] of this.inFlight.get(edit.body) ?? []) this.acknowledged(id, value, edit);
    }
    for (const key of edit.values.keys()) this.kept.acknowledge(at, key, edit.body.get(valueName(key)));
  }

  /** A field that the answer did not show again holds what was saved. */
  private acknowledged(id: string, value: string, edit: Edit): void {
    const control = controlOf(byId(id));
    if (!control) return;
    putSaved(control, value);
    const before = beforeOf(control);
    const posted = edit.values.get(keyOf(control));
    if (before && posted !== undefined) before.value = posted;
  }

  private atOf(form: HTMLFormElement): string {
    return form.querySelector<HTMLInputElement>("input[name=at]")?.value ?? this.page.at;
  }

  /** Show what an earlier page could not save. */
  private offer(): void {
    const left = this.kept.left().filter((one) => !this.isSaved(one));
    const box = byId("studio-offer");
    const list = box?.querySelector("ul");
    if (!box || !list || !left.length) return;
    for (const one of left) list.append(this.lineOf(one, box));
    box.hidden = false;
  }

  private isSaved(one: Unsaved): boolean {
    const control = controlOf(byId(one.id));
    const isSaved = control !== null && savedOf(control) === one.value;
    if (isSaved) this.kept.drop(one);
    return isSaved;
  }

  private lineOf(one: Unsaved, box: HTMLElement): HTMLLIElement {
    const line = document.createElement("li");
    const name = document.createElement("p");
    name.textContent = one.label;
    const text = document.createElement("blockquote");
    text.textContent = one.value;
    const set = document.createElement("p");
    set.className = "set";
    const take = buttonOf(`take-${one.id}`, sentence("take-back"), "b main");
    const drop = buttonOf(`drop-${one.id}`, sentence("give-up"), "b");
    take.addEventListener("click", () => this.takeBack(one));
    drop.addEventListener("click", () => this.giveUp(one));
    for (const button of [take, drop]) {
      button.addEventListener("click", () => {
        line.remove();
        box.hidden = box.querySelector("li") === null;
        giveTo(box.querySelector<HTMLElement>("button")?.id, one.id);
      });
    }
    set.append(take, " ", drop);
    line.append(name, text, set);
    return line;
  }

  private takeBack(one: Unsaved): void {
    const body = this.page.bodyOf(one.act, one.at);
    body.set(one.name, one.posted);
    body.set(`was-${one.key}`, one.before);
    this.kept.drop(one);
    const control = controlOf(byId(one.id));
    if (control) {
      put(control, one.value);
      this.kept.keep(control, one.at, one.act);
      noteSent(control);
      this.inFlight.set(body, new Map([[one.id, one.value]]));
    }
    this.edits.post(body, { form: null, values: new Map([[one.key, one.value]]), isQuiet: false });
  }

  private giveUp(one: Unsaved): void {
    this.kept.drop(one);
    const control = controlOf(byId(one.id));
    if (control) put(control, savedOf(control));
  }
}

function actOf(form: HTMLFormElement): string {
  const said = form.querySelector<HTMLInputElement | HTMLButtonElement>("input[name=act], button[name=act]");
  return said?.value ?? SAVE;
}

function buttonOf(id: string, text: string, look: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.id = id;
  button.className = look;
  button.textContent = text;
  return button;
}
