// Somebody wrote there meanwhile: both texts are shown, and a person says which stays.

import type { Edits } from "./edit";
import { beforeName, beforeOf, controlOf, put, putPosted, putSaved, valueName, type Control } from "./fields";
import { giveTo } from "./focus";
import { byId, sentence, type Conflict, type StudioPage } from "./page";
import { forgetSent } from "./panes";
import type { UnsavedText } from "./unsaved";

export class Conflicts {
  private readonly told: Conflict[] = [];

  constructor(
    private readonly page: StudioPage,
    private readonly edits: Edits,
    private readonly kept: UnsavedText,
  ) {
    edits.listen({ settled: () => undefined, conflict: (one) => this.tell(one) });
    byId("studio-keep-mine")?.addEventListener("click", () => this.keepMine());
    byId("studio-take-theirs")?.addEventListener("click", () => this.takeTheirs());
    byId("studio-conflict")?.addEventListener("close", () => this.closed());
  }

  private get dialog(): HTMLDialogElement | null {
    return byId("studio-conflict") as HTMLDialogElement | null;
  }

  private tell(conflict: Conflict): void {
    const known = this.told.findIndex((one) => one.element === conflict.element && one.key === conflict.key);
    if (known > 0) this.told[known] = conflict;
    else if (known < 0) this.told.push(conflict);
    if (!this.dialog?.open) this.open(conflict);
  }

  private open(conflict: Conflict): void {
    const { dialog } = this;
    if (!dialog) return;
    const who = sentence("conflict", { who: conflict.who ?? sentence("somebody"), label: conflict.label ?? "" });
    write(dialog, "who", who);
    write(dialog, "mine", conflict.mine);
    write(dialog, "theirs", conflict.theirs);
    dialog.showModal();
  }

  private keepMine(): void {
    const conflict = this.told[0];
    if (conflict) {
      this.release(conflict);
      const body = this.page.bodyOf("save", String(conflict.element));
      putPosted(body, this.controlsOf(conflict), conflict.key, conflict.mine);
      body.set(beforeName(conflict.key), conflict.theirs);
      this.edits.post(body, { form: null, values: new Map([[conflict.key, conflict.mine]]), isQuiet: true });
    }
    this.dialog?.close();
  }

  private takeTheirs(): void {
    const conflict = this.told[0];
    if (!conflict) return;
    this.release(conflict);
    const control = this.controlOf(conflict);
    if (control) {
      putSaved(control, conflict.theirs);
      put(control, conflict.theirs);
      const before = beforeOf(control);
      if (before) before.value = conflict.theirs;
    }
    this.kept.acknowledge(String(conflict.element), conflict.key, conflict.mine);
    this.dialog?.close();
  }

  private closed(): void {
    const conflict = this.told.shift();
    const next = this.told[0];
    if (next) this.open(next);
    else if (conflict) giveTo(this.controlOf(conflict)?.id, `e${conflict.element}`);
  }

  /** Its field saves itself again. */
  private release(conflict: Conflict): void {
    const control = this.controlOf(conflict);
    if (control) forgetSent(control.id, conflict.mine);
  }

  private controlOf(conflict: Conflict): Control | null {
    return this.controlsOf(conflict)[0] ?? null;
  }

  private controlsOf(conflict: Conflict): Control[] {
    const named = [...document.getElementsByName(valueName(conflict.key))].map(controlOf);
    return named.filter((one): one is Control => {
      const at = one?.form?.querySelector<HTMLInputElement>("input[name=at]")?.value ?? this.page.at;
      return one !== null && at === String(conflict.element);
    });
  }
}

function write(dialog: HTMLDialogElement, slot: string, text: string): void {
  const found = dialog.querySelector(`[data-slot="${slot}"]`);
  if (found) found.textContent = text;
}
