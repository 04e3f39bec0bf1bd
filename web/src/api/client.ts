// Requests to the REST interface, typed by the generated schema. Each either gives the body or
// throws a Problem (or the abort of its caller, which is nobody's fault).
import createClient from "openapi-fetch";

import { problemFromAnswer, problemFromThrown } from "./problem";
import type { paths } from "./schema";
import type { CandlePage, Coverage, Interval, Leaderboard, SymbolRow, TickPage } from "./types";

const REQUEST_TIMEOUT_MS = 20_000;

const client = createClient<paths, "application/json">({
  baseUrl: "",
  headers: { Accept: "application/json" },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

async function body<T>(
  signal: AbortSignal,
  send: (signal: AbortSignal) => Promise<Answer<T>>,
): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await send(AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]));
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw problemFromThrown(thrown);
  }
  if (answer.data === undefined) throw problemFromAnswer(answer.response.status, answer.error);
  return answer.data;
}

/** All symbols with their last price. */
export async function fetchSymbols(signal: AbortSignal): Promise<SymbolRow[]> {
  const list = await body(signal, (signal) => client.GET("/v1/market/symbols", { signal }));
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
  return body(signal, (signal) =>
    client.GET("/v1/market/candles", { params: { query: { ...query } }, signal }),
  );
}

/** What of a series is there, from its first candle to its last. */
export function fetchCoverage(
  symbol: string,
  interval: Interval,
  signal: AbortSignal,
): Promise<Coverage> {
  return body(signal, (signal) =>
    client.GET("/v1/market/coverage", { params: { query: { symbol, interval } }, signal }),
  );
}

/** The symbols of the largest volume in 24 hours; `quote`: only those that are paid with it. */
export function fetchLeaderboard(
  quote: string | null,
  limit: number,
  signal: AbortSignal,
): Promise<Leaderboard> {
  const query = quote === null ? { limit } : { limit, quote };
  return body(signal, (signal) =>
    client.GET("/v1/market/leaderboard", { params: { query }, signal }),
  );
}

/** The last `limit` trades of a symbol, newest first. */
export function fetchLastTicks(
  symbol: string,
  limit: number,
  signal: AbortSignal,
): Promise<TickPage> {
  return body(signal, (signal) =>
    client.GET("/v1/market/ticks", { params: { query: { symbol, limit, order: "desc" } }, signal }),
  );
}
