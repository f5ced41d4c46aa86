// What the page says of itself: where to post, who looks, where one stands, and the sentences of this language.

/** An answer to an edit, and the part of it that an answer to a pulse has too. */
export interface Answer {
  revision: number;
  at?: number | string;
  panes?: Record<string, string>;
  /** What the watched panes were made of; none of an edit that was refused. */
  mark?: string;
  focus?: string | null;
  said?: string | null;
  conflict?: Conflict | null;
  others?: Other[];
  /** The page to go on with. */
  to?: string;
}

/** One value that somebody changed meanwhile. */
export interface Conflict {
  element: number | string;
  key: string;
  label?: string;
  mine: string;
  theirs: string;
  who?: string;
}

/** Where another person is in the draft. */
export interface Other {
  name: string;
  element: number | string;
}

const HEX = 16;

/** 32 hexadecimal digits, new each time. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(HEX));
  return [...bytes].map((byte) => byte.toString(HEX).padStart(2, "0")).join("");
}

function ownKey(): string {
  const kept = sessionStorage.getItem("studio-client");
  if (kept) return kept;
  const made = newKey();
  sessionStorage.setItem("studio-client", made);
  return made;
}

export class StudioPage {
  readonly editUrl: string;
  readonly pulseUrl: string;
  /** This tab, among all that show this draft. */
  readonly client = ownKey();
  /** Versions and people do not see each other's unsaved text. */
  readonly scope: string;
  revision: number;
  at: string;
  lang: string;
  /** Of the panes that are shown: a pulse that gives it back has them, and is answered none. */
  mark = "";

  constructor(readonly root: HTMLElement) {
    const said = root.dataset;
    this.editUrl = said["edit"] ?? "";
    this.pulseUrl = said["pulse"] ?? "";
    this.scope = `studio:${said["version"] ?? this.editUrl}:${said["user"] ?? ""}`;
    this.revision = Number(said["revision"] ?? 0);
    this.at = said["at"] ?? "0";
    this.lang = said["lang"] ?? "";
  }

  get token(): string {
    return document.querySelector<HTMLInputElement>("input[name=csrf_token]")?.value ?? "";
  }

  /** Every form of the page takes the token of the present session. */
  set token(value: string) {
    for (const input of document.querySelectorAll<HTMLInputElement>("input[name=csrf_token]")) {
      input.value = value;
      input.defaultValue = value;
    }
  }

  /** Whether a form changes the draft. */
  isEditForm(form: HTMLFormElement): boolean {
    return samePath(form.getAttribute("action") ?? "", this.editUrl);
  }

  /** What every edit says beside its own fields. */
  bodyOf(act: string, at = this.at): URLSearchParams {
    return new URLSearchParams({ act, at, lang: this.lang });
  }
}

/** Whether two addresses of this site are one, whatever their query. */
export function samePath(one: string, other: string): boolean {
  return new URL(one, location.href).pathname === new URL(other, location.href).pathname;
}

/** A sentence of the page, with `{name}` filled in. */
export function sentence(name: string, data: Record<string, string> = {}): string {
  const found = byId("studio-words")?.querySelector(`[data-word="${name}"]`)?.textContent ?? "";
  return found.trim().replace(/\{(\w+)\}/g, (_, key: string) => data[key] ?? "");
}

/** Say something to everybody: it is read, and stays until the next. */
export function say(text: string): void {
  const region = byId("studio-said");
  if (!region || !text) return;
  region.textContent = "";
  // Twice the same sentence is said twice.
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}

export function byId(id: string): HTMLElement | null {
  return id ? document.getElementById(id) : null;
}
