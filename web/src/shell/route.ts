// What the address says. The chart's is /?symbol=binance:BTCUSDT&interval=1m; every other page has
// a path. A reload or a shared link shows the same, and the browser's back button goes back.
import { type MouseEvent, useSyncExternalStore } from "react";

export interface Route {
  symbol: string | null;
  interval: string | null;
}

const listeners = new Set<() => void>();

/** The route of a query string. */
export function parseRoute(search: string): Route {
  const query = new URLSearchParams(search);
  return { symbol: query.get("symbol") || null, interval: query.get("interval") || null };
}

/** The address of a chart; `:` and `/` stay readable, as the standard allows. */
export function routeHref({ symbol, interval }: Route): string {
  const query = new URLSearchParams();
  if (symbol !== null) query.set("symbol", symbol);
  if (interval !== null) query.set("interval", interval);
  return `/?${query.toString().replaceAll("%3A", ":").replaceAll("%2F", "/")}`;
}

/** Goes to an address of the page; `replace` leaves no step for the back button. */
export function navigate(href: string, replace = false): void {
  if (href === currentHref()) return;
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  listeners.forEach((listener) => listener());
}

/** Follows a link without loading the page again; with a modifier it stays an ordinary link. */
export function followLink(event: MouseEvent<HTMLAnchorElement>): boolean {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false;
  event.preventDefault();
  const { pathname, search } = event.currentTarget;
  navigate(pathname + search);
  return true;
}

/** `/login`, and back to `from` afterwards. */
export function loginHref(from: string): string {
  return from === "/" ? "/login" : `/login?next=${encodeURIComponent(from)}`;
}

/** Where to go after the login: only ever an address of this page. */
export function afterLogin(search: string, origin: string): string {
  const next = new URLSearchParams(search).get("next") ?? "/";
  const url = URL.canParse(next, origin) ? new URL(next, origin) : null;
  if (url?.origin !== origin || url.pathname === "/login") return "/";
  return url.pathname + url.search;
}

/** Path and query of the address. */
export function currentHref(): string {
  return location.pathname + location.search;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

/** The path of the address, repainted when it changes. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

/** The query string of the address, repainted when it changes. */
export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => location.search);
}
