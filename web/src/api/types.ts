// The shapes the page reads, taken from the generated schema by path rather than by component
// name, so that a renamed component on the server does not break the page.
import type { paths } from "./schema";

type Body<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { "application/json": infer B } } } };
}
  ? B
  : never;

export type SymbolRow = Body<"/v1/market/symbols">["symbols"][number];
export type CandlePage = Body<"/v1/market/candles">;
export type Candle = CandlePage["candles"][number];
export type TickPage = Body<"/v1/market/ticks">;
export type Coverage = Body<"/v1/market/coverage">;
export type Tick = TickPage["ticks"][number];
export type Leaderboard = Body<"/v1/market/leaderboard">;

/** The eight candle lengths, shortest first. */
export const INTERVALS = ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"] as const;
export type Interval = (typeof INTERVALS)[number];

/** Whether a text is one of the eight intervals. */
export function isInterval(text: string | null | undefined): text is Interval {
  return INTERVALS.some((interval) => interval === text);
}
