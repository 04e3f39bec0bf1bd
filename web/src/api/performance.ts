// What comes of trading: curves, figures, what all is worth, and of what a profit is made.
import { body, client } from "./request";
import type { components, paths } from "./schema";

export type Equity = components["schemas"]["Equity"];
export type EquityPoint = components["schemas"]["EquityPoint"];
export type Performance = components["schemas"]["Performance"];
export type PerformanceGroup = components["schemas"]["PerformanceGroup"];
export type Portfolio = components["schemas"]["Portfolio"];
export type Explanation = components["schemas"]["Explanation"];
export type ExplainLine = components["schemas"]["ExplainLine"];

type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;
export type EquityQuery = Query<"/v1/ledger/equity">;
export type PerformanceQuery = Query<"/v1/ledger/performance">;
export type ExplainQuery = Query<"/v1/ledger/explain">;

export function fetchEquity(query: EquityQuery, signal: AbortSignal): Promise<Equity> {
  return body((signal) => client.GET("/v1/ledger/equity", { params: { query }, signal }), signal);
}

export function fetchPerformance(
  query: PerformanceQuery,
  signal: AbortSignal,
): Promise<Performance> {
  return body(
    (signal) => client.GET("/v1/ledger/performance", { params: { query }, signal }),
    signal,
  );
}

/** All that one has, in one currency; without it USDT. */
export function fetchPortfolio(currency: string, signal: AbortSignal): Promise<Portfolio> {
  const query = currency === "" ? {} : { currency };
  return body(
    (signal) => client.GET("/v1/ledger/portfolio", { params: { query }, signal }),
    signal,
  );
}

export function explainPosition(id: string, signal: AbortSignal): Promise<Explanation> {
  const params = { path: { id } };
  return body(
    (signal) => client.GET("/v1/ledger/positions/{id}/explain", { params, signal }),
    signal,
  );
}

export function explainPeriod(query: ExplainQuery, signal: AbortSignal): Promise<Explanation> {
  return body((signal) => client.GET("/v1/ledger/explain", { params: { query }, signal }), signal);
}
