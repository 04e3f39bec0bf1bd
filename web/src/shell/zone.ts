// The time zone that times are shown in: UTC, unless who is logged in prefers another one.
import { useSyncExternalStore } from "react";

let zone = "UTC";
const listeners = new Set<() => void>();

/** Whether this browser knows a zone; the server's list may be newer. */
export function knowsZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat("en-GB", { timeZone: name }));
  } catch {
    return false;
  }
}

/** Shows times in a zone from now on, or in UTC where the browser doesn't know it. */
export function setZone(name: string): void {
  const next = knowsZone(name) ? name : "UTC";
  if (next === zone) return;
  zone = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The zone in use. */
export function useZone(): string {
  return useSyncExternalStore(subscribe, () => zone);
}

/** What stands beside a time: `UTC`, `Berlin`, `Buenos Aires`. */
export function zoneLabel(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).replaceAll("_", " ");
}
