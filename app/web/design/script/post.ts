// One request to the studio, and what became of it.

import type { Answer } from "./page";

export type Outcome =
  | { kind: "answer"; status: number; answer: Answer }
  | { kind: "fragment"; html: string }
  | { kind: "away" } // no network, or a server that is down: later
  | { kind: "failed" } // the server broke on this very request
  | { kind: "signed-out" }
  | { kind: "stale" } // the token of a session that is over
  | { kind: "refused" };

const PATIENCE_MS = 20_000;
const AWAY = new Set([429, 502, 503, 504]);

export async function post(url: string, body: URLSearchParams): Promise<Outcome> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "X-Studio": "1", Accept: "application/json" },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    return { kind: "away" };
  }
  try {
    return await read(response);
  } catch {
    return { kind: "away" };
  }
}

async function read(response: Response): Promise<Outcome> {
  const { status } = response;
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  if (response.redirected || status === 401) return { kind: "signed-out" };
  if (isJson && (response.ok || status === 409 || status === 422)) {
    return { kind: "answer", status, answer: (await response.json()) as Answer };
  }
  if (response.ok || status === 422) return { kind: "fragment", html: await response.text() };
  if (AWAY.has(status)) return { kind: "away" };
  if (status >= 500) return { kind: "failed" };
  return { kind: status === 400 ? "stale" : "refused" };
}

/** A page of the studio as it is now; null when it cannot be had, "signed-out" when it asks who one is. */
export async function get(url: string): Promise<Document | "signed-out" | null> {
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.redirected && !new URL(response.url).pathname.endsWith("/studio")) return "signed-out";
    if (!response.ok) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null;
  }
}
