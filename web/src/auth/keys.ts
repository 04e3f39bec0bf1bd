// What a key may be, as the form offers it; the server has the last word.

const DAY_MS = 86_400_000;
/** For people who are logged in; no key has them. */
const PERSONAL = ["account", "users"];

/** How long keys live, in days. */
export const LIVES = [
  ["30", "after 30 days"],
  ["90", "after 90 days"],
  ["365", "after a year"],
  ["", "never"],
] as const;

/** The end of a key that begins now; null where it has none. */
export function endAfter(days: string, nowMs: number): string | null {
  return days === "" ? null : new Date(nowMs + Number(days) * DAY_MS).toISOString();
}

/** The entries of a list that was typed, with commas, blanks or lines between them. */
export function listed(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/** What somebody may give a key. */
export function scopesForKeys(scopes: string[]): string[] {
  return scopes.filter((scope) => !PERSONAL.includes(scope));
}
