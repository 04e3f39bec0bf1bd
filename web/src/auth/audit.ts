// The record as the page reads it: what the address searches for, and what changed in an entry.
import type { AuditSearch } from "../api/accounts";

/** What is recorded now; others may be typed. */
export const ACTIONS = [
  "user.login",
  "user.create",
  "user.change",
  "user.password",
  "session.end",
  "key.create",
  "key.revoke",
];

const NAMES = ["user", "action", "resource", "ip", "from", "to"] as const;

/** The search that a query string asks for. */
export function parseSearch(search: string): AuditSearch {
  const query = new URLSearchParams(search);
  const wanted: AuditSearch = {};
  for (const name of NAMES) {
    const value = query.get(name)?.trim();
    if (value) wanted[name] = value;
  }
  return wanted;
}

/** The address of a search. */
export function searchHref(search: AuditSearch): string {
  const query = new URLSearchParams();
  for (const name of NAMES) if (search[name]) query.set(name, search[name]);
  return query.size === 0 ? "/admin/audit" : `/admin/audit?${query.toString()}`;
}

/** A field of what was or is. */
export interface Difference {
  field: string;
  before: string | null;
  after: string | null;
}

/** What an entry changed, field by field; what stayed the same is left out. */
export function differences(before: unknown, after: unknown): Difference[] {
  const [was, is] = [fields(before), fields(after)];
  const names = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...names]
    .map((field) => ({ field, before: text(was[field]), after: text(is[field]) }))
    .filter((each) => each.before !== each.after);
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function text(value: unknown): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A time of `<input type="datetime-local">`, which is taken for UTC, as RFC 3339, and back. */
export const fromInput = (local: string): string =>
  local === "" ? "" : `${local.slice(0, 16)}:00Z`;
export const toInput = (time: string | undefined): string => time?.slice(0, 16) ?? "";
