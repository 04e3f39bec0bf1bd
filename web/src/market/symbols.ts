// The list of symbols: reading it, finding in it, and what is shown first.
import { useQuery } from "@tanstack/react-query";

import { fetchSymbols } from "../api/client";
import { type Interval, INTERVALS, isInterval, type SymbolRow } from "../api/types";

const REFRESH_MS = 60_000;
/** An empty list is watched more closely: an import may be running. */
const REFRESH_EMPTY_MS = 5_000;

/** All symbols, read again from time to time for the 24 h figures. */
export function useSymbols() {
  return useQuery({
    queryKey: ["symbols"],
    queryFn: ({ signal }) => fetchSymbols(signal),
    refetchInterval: (query) => (query.state.data?.length ? REFRESH_MS : REFRESH_EMPTY_MS),
  });
}

/** The symbol to show where the address names none: the wanted one, else a live one, else one with data, else any. */
export function firstSymbol(rows: SymbolRow[], wanted: string | null = null): SymbolRow | null {
  const named = rows.find((row) => row.symbol === wanted);
  const live = rows.find((row) => row.replay && row.active);
  const priced = rows.find((row) => row.last_price !== null && row.last_price !== undefined);
  return named ?? live ?? priced ?? rows[0] ?? null;
}

/** The wanted interval where the symbol has candles of it, else its shortest. */
export function usableInterval(wanted: Interval, row: SymbolRow | null): Interval {
  const has: string[] = row?.intervals ?? [];
  if (has.length === 0 || has.includes(wanted)) return wanted;
  return INTERVALS.find((interval) => has.includes(interval)) ?? wanted;
}

/** Rows whose name, assets or venue contain every word of the query. */
export function findSymbols(rows: SymbolRow[], query: string): SymbolRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = `${row.symbol} ${pairName(row)} ${row.replay ? "replay" : ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** `BTC/USDT` where base and quote are known, else the venue's own code. */
export function pairName(row: SymbolRow): string {
  return row.base && row.quote ? `${row.base}/${row.quote}` : row.code;
}

/** Whether the symbol has candles of an interval, as far as the list says. */
export function hasInterval(row: SymbolRow | null, interval: Interval): boolean {
  return row?.intervals.filter(isInterval).includes(interval) ?? true;
}
