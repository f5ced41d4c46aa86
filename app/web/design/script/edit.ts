// One queue of edits: each is sent when the one before is settled, and kept until the server has it.

import { giveTo, repair, settle, stand, type Stand } from "./focus";
import { beforeName } from "./fields";
import { byId, newKey, say, sentence, type Answer, type Conflict, type StudioPage } from "./page";
import { marks, panesOf, show } from "./panes";
import { get, post, type Outcome } from "./post";

/** One change of the draft, as it is posted. */
export interface Edit {
  url: string;
  body: URLSearchParams;
  /** Values that it sets, by key, as `was-` fields say them; empty of an act. */
  values: ReadonlyMap<string, string>;
  /** The form that it saves; an edit that waits is replaced by a later one of the same form. */
  form: HTMLFormElement | null;
  before: Stand;
  /** Nobody pressed anything: the focus is not moved. */
  isQuiet: boolean;
  started: number;
  failures: number;
}

type State = "idle" | "sending" | "waiting" | "signed-out";

export interface Listener {
  /** Settled: the server has it (200), or refused it with its reasons (409, 422, else 0). */
  settled(edit: Edit, status: number): void;
  conflict(conflict: Conflict): void;
}

export const NOTHING: ReadonlyMap<string, string> = new Map();
const FIRST_WAIT_MS = 800;
const LONGEST_WAIT_MS = 15_000;
const ENOUGH_FAILURES = 3;

export class Edits {
  private readonly waiting: Edit[] = [];
  private readonly listeners: Listener[] = [];
  private state: State = "idle";
  private timer = 0;
  private attempts = 0;

  constructor(private readonly page: StudioPage) {
    byId("studio-retry")?.addEventListener("click", () => this.retry());
    window.addEventListener("online", () => this.retry());
    window.addEventListener("focus", () => this.retry());
  }

  listen(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Whether something is not in the server's hands yet. */
  get isPending(): boolean {
    return this.waiting.length > 0;
  }

  /** Post an act of the page (`move-up:17`), not of a form. */
  act(act: string): void {
    this.post(this.page.bodyOf(act), { form: null, values: NOTHING, isQuiet: false });
  }

  post(body: URLSearchParams, how: Pick<Edit, "form" | "values" | "isQuiet">, url = this.page.editUrl): void {
    if (!body.has("at")) body.set("at", this.page.at);
    if (!body.has("lang") && this.page.lang) body.set("lang", this.page.lang);
    body.set("once", newKey());
    const edit: Edit = { url, body, ...how, before: stand(), started: performance.now(), failures: 0 };
    if (how.values.size && this.replace(edit)) return;
    this.waiting.push(edit);
    void this.drain();
  }

  /** Send again what waits. */
  retry(): void {
    if (this.state !== "waiting" && this.state !== "signed-out") return;
    clearTimeout(this.timer);
    this.state = "idle";
    void this.drain();
  }

  /** Take what the server shows, whoever asked. */
  take(answer: Answer): void {
    if (answer.revision < this.page.revision) return;
    this.page.revision = answer.revision;
    this.page.mark = answer.mark ?? "";
    if (answer.panes) show(answer.panes);
  }

  /** Say that the session is over, and keep everything. */
  signOut(): void {
    this.state = "signed-out";
    this.tell("session");
  }

  private replace(edit: Edit): boolean {
    // The first may be on its way; what waits behind it is not sent yet.
    const first = this.state === "idle" ? 0 : 1;
    const found = this.waiting.findIndex((one, index) => index >= first && one.values.size > 0 && one.form === edit.form);
    const old = this.waiting[found];
    if (!old || found !== this.waiting.length - 1 || old.body.get("at") !== edit.body.get("at")) return false;
    for (const [name, value] of old.body) if (name.startsWith(beforeName(""))) edit.body.set(name, value);
    this.waiting[found] = { ...edit, values: new Map([...old.values, ...edit.values]), started: old.started };
    return true;
  }

  private async drain(): Promise<void> {
    if (this.state !== "idle") return;
    this.state = "sending";
    for (let edit = this.waiting[0]; edit; edit = this.waiting[0]) {
      edit.body.set("revision", String(this.page.revision));
      edit.body.set("csrf_token", this.page.token);
      edit.body.set("held", marks());
      const outcome = await post(edit.url, edit.body);
      if (!(await this.settle(edit, outcome))) return;
    }
    this.state = "idle";
  }

  /** Whether the queue goes on. */
  private async settle(edit: Edit, outcome: Outcome): Promise<boolean> {
    if (outcome.kind === "away") return this.wait();
    if (outcome.kind === "stale") return this.renew(edit);
    if (outcome.kind === "failed") {
      edit.failures += 1;
      if (edit.failures < ENOUGH_FAILURES) return this.wait();
    }
    if (outcome.kind === "signed-out") {
      this.signOut();
      return false;
    }
    this.waiting.shift();
    this.attempts = 0;
    this.tell(null);
    if (outcome.kind === "answer") this.answered(edit, outcome.status, outcome.answer);
    else {
      await this.reload();
      say(sentence("refused"));
      for (const one of this.listeners) one.settled(edit, 0);
      repair(edit.before);
    }
    return true;
  }

  private answered(edit: Edit, status: number, answer: Answer): void {
    // What holds the list that one writes in stays open: the answer shows the line that was written.
    const isBeside = edit.body.get("act") === "save" && status === 200 && String(answer.at) !== this.page.at;
    if (isBeside && answer.panes) delete answer.panes["properties"];
    if (status === 200) this.carry(edit);
    // What only a button sends has been taken: the server says what the fields hold now.
    if (status === 200 && !edit.values.size) edit.form?.reset();
    const before = stand();
    this.take(answer);
    for (const one of this.listeners) one.settled(edit, status);
    if (answer.at !== undefined && !edit.isQuiet && !isBeside) this.moveTo(String(answer.at));
    const card = `e${this.page.at}`;
    if (edit.isQuiet) repair(before, edit.before.id, card);
    else settle(edit.before, answer.focus, card, `o${this.page.at}`);
    if (answer.said && (!edit.isQuiet || status !== 200)) say(answer.said);
    const end = performance.now();
    performance.measure("studio:edit", { start: edit.started, end, detail: edit.body.get("act") });
    if (status === 409 && answer.conflict) for (const one of this.listeners) one.conflict(answer.conflict);
  }

  /** What the server has now is what the edits that wait replace. */
  private carry(done: Edit): void {
    for (const next of this.waiting) {
      if (next.body.get("at") !== done.body.get("at")) continue;
      for (const [key, value] of done.values) {
        if (next.body.has(beforeName(key))) next.body.set(beforeName(key), value);
      }
    }
  }

  private moveTo(at: string): void {
    if (at === this.page.at) return;
    this.page.at = at;
    const url = new URL(location.href);
    url.searchParams.set("at", at);
    history.replaceState(null, "", url);
  }

  private wait(): false {
    this.state = "waiting";
    const delay = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts);
    this.attempts += 1;
    this.tell("away");
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.retry(), delay);
    return false;
  }

  /** The session was renewed elsewhere: the page takes its token and tries once more. */
  private async renew(edit: Edit): Promise<boolean> {
    const fresh = await get(location.href);
    if (fresh === "signed-out") {
      this.signOut();
      return false;
    }
    const token = fresh?.querySelector<HTMLInputElement>("input[name=csrf_token]")?.value;
    edit.failures += 1;
    if (!token || edit.failures > 1) return this.settle(edit, { kind: token ? "refused" : "away" });
    this.page.token = token;
    return true;
  }

  private async reload(): Promise<void> {
    const fresh = await get(location.href);
    this.page.mark = "";
    if (fresh instanceof Document) show(panesOf(fresh));
  }

  private tell(what: "away" | "session" | null): void {
    const box = byId("studio-unsaved");
    if (!box) return;
    for (const part of box.querySelectorAll<HTMLElement>("[data-when]")) part.hidden = part.dataset["when"] !== what;
    const hadFocus = box.contains(document.activeElement);
    box.hidden = what === null;
    if (box.hidden && hadFocus) giveTo(`e${this.page.at}`);
  }
}
