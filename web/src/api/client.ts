// What the market's views read.
import { body, client } from "./request";
import type { CandlePage, Coverage, Interval, Leaderboard, SymbolRow, TickPage } from "./types";

/** All symbols with their last price. */
export async function fetchSymbols(signal: AbortSignal): Promise<SymbolRow[]> {
  const list = await body((signal) => client.GET("/v1/market/symbols", { signal }), signal);
  return list.symbols;
}

/** Which candles: without `from`, `desc` begins at the newest. */
export interface CandleQuery {
  symbol: string;
  interval: Interval;
  order: "asc" | "desc";
  limit: number;
  from?: string;
  cursor?: string;
}

/** One page of candles. */
export function fetchCandles(query: CandleQuery, signal: AbortSignal): Promise<CandlePage> {
  return body(
    (signal) => client.GET("/v1/market/candles", { params: { query: { ...query } }, signal }),
    signal,
  );
}

/** What of a series is there, from its first candle to its last. */
export function fetchCoverage(
  symbol: string,
  interval: Interval,
  signal: AbortSignal,
): Promise<Coverage> {
  return body(
    (signal) =>
      client.GET("/v1/market/coverage", { params: { query: { symbol, interval } }, signal }),
    signal,
  );
}

/** The symbols of the largest volume in 24 hours; `quote`: only those that are paid with it. */
export function fetchLeaderboard(
  quote: string | null,
  limit: number,
  signal: AbortSignal,
): Promise<Leaderboard> {
  const query = quote === null ? { limit } : { limit, quote };
  return body(
    (signal) => client.GET("/v1/market/leaderboard", { params: { query }, signal }),
    signal,
  );
}

/** The last `limit` trades of a symbol, newest first. */
export function fetchLastTicks(
  symbol: string,
  limit: number,
  signal: AbortSignal,
): Promise<TickPage> {
  return body(
    (signal) =>
      client.GET("/v1/market/ticks", {
        params: { query: { symbol, limit, order: "desc" } },
        signal,
      }),
    signal,
  );
}
