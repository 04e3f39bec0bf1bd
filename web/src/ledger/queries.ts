// What several pages of the ledger read, page by page or kept up to date.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import {
  fetchOrders,
  fetchPositions,
  fetchTrades,
  type OrderQuery,
  type TripQuery,
} from "../api/ledger";
import { useSymbols } from "../market/symbols";
import { useRefreshMs } from "../trading/live";
import { REFRESH_MS } from "../trading/queries";

const PAGE = 50;

/** A list that is read page by page; while there is one page only it is kept up to date. */
function usePages<P extends { next: string | null }>(
  key: readonly unknown[],
  read: (cursor: string | null, signal: AbortSignal) => Promise<P>,
) {
  const refreshMs = useRefreshMs();
  return useInfiniteQuery({
    queryKey: ["ledger", ...key],
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }: P) => next,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : refreshMs),
  });
}

export function useOrders(query: OrderQuery, limit = PAGE) {
  return usePages(["orders", query, limit], (cursor, signal) =>
    fetchOrders({ ...query, limit, ...(cursor === null ? {} : { cursor }) }, signal),
  );
}

export function useTrades(query: TripQuery, limit = PAGE) {
  return usePages(["trades", query, limit], (cursor, signal) =>
    fetchTrades({ ...query, limit, ...(cursor === null ? {} : { cursor }) }, signal),
  );
}

/** Open positions, up to 200. */
export function useOpenPositions(query: { bot?: string; account?: string }) {
  return useQuery({
    queryKey: ["ledger", "positions", query],
    queryFn: ({ signal }) => fetchPositions({ ...query, status: "open", limit: 200 }, signal),
    refetchInterval: REFRESH_MS,
  });
}

/** What profit in a symbol is counted in; nothing where that isn't known. */
export function useQuoteOf(): (symbol: string) => string | undefined {
  const symbols = useSymbols().data;
  return (symbol) => symbols?.find((row) => row.symbol === symbol)?.quote ?? undefined;
}
