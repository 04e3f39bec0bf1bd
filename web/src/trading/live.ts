// What makes the pages of trading live. The stream tells that a bot or an order changed; what is
// shown of it is read again. While there is no stream it is read every few seconds instead.
import { type Query, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import type { Me } from "../api/accounts";
import { runStream, stream } from "../api/live";
import { ALL_BOTS, ALL_ORDERS } from "../api/messages";
import { refresher } from "./refresher";

/** Without a stream. */
const POLL_MS = 5_000;
/** With one, in case that something was not told. */
const CALM_MS = 60_000;
/** Between two readings of what changes all the time. */
const PAUSE_MS = 300;

/** What is read again, by what was told. */
const READ = {
  bots: [
    ["trading", "bots"],
    ["trading", "heartbeats"],
  ],
  orders: [
    ["ledger", "orders"],
    ["ledger", "order"],
    ["ledger", "balances"],
  ],
  fills: [
    ["ledger", "fills"],
    ["ledger", "trades"],
    ["ledger", "positions"],
    ["ledger", "portfolio"],
  ],
};

/** Keeps the stream open for whoever looks at trading, and what they look at up to date. */
export function useTradingStream({ user: { scopes } }: Me): void {
  const queryClient = useQueryClient();
  const [bots, orders] = [scopes.includes("bots:read"), scopes.includes("orders:read")];
  useEffect(() => runStream(), []);
  useEffect(() => {
    const read = (of: keyof typeof READ) =>
      READ[of].map((queryKey) => queryClient.invalidateQueries({ queryKey, predicate: isShort }));
    const changed = refresher<keyof typeof READ>(
      (all) => Promise.all([...all].flatMap(read)),
      PAUSE_MS,
    );
    const ends: (() => void)[] = [];
    if (bots) {
      const tell = () => changed("bots");
      ends.push(stream.subscribe(ALL_BOTS, tell, tell));
    }
    if (orders) {
      const onSync = () => {
        changed("orders");
        changed("fills");
      };
      const onMessage = (message: { type: string; fill?: unknown }) => {
        changed("orders");
        if (message.fill) changed("fills");
      };
      ends.push(stream.subscribe(ALL_ORDERS, onMessage, onSync));
    }
    return () => ends.forEach((end) => end());
  }, [queryClient, bots, orders]);
}

/** Whoever went back to older pages of a list reads on where they are. */
const isShort = ({ state: { data } }: Query) =>
  ((data as { pages?: unknown[] } | undefined)?.pages?.length ?? 0) < 2;

/** How often to read what the stream tells of. */
export function useRefreshMs(): number {
  const connection = useSyncExternalStore(stream.onConnection, stream.connection);
  return connection === "live" ? CALM_MS : POLL_MS;
}
