// What the address says: ?symbol=binance:BTCUSDT&interval=1m. A reload or a shared link shows the
// same chart, and the browser's back button goes to the chart before.
import { useSyncExternalStore } from "react";

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

/** The query string of a route; `:` and `/` stay readable, as the standard allows. */
export function routeHref({ symbol, interval }: Route): string {
  const query = new URLSearchParams();
  if (symbol !== null) query.set("symbol", symbol);
  if (interval !== null) query.set("interval", interval);
  return `?${query.toString().replaceAll("%3A", ":").replaceAll("%2F", "/")}`;
}

/** Goes to a route; `replace` leaves no step for the back button. */
export function navigate(route: Route, replace = false): void {
  const href = routeHref(route);
  if (href === location.search) return;
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

/** The query string of the address, repainted when it changes. */
export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => location.search);
}
