// What of a series is there and what is missing, as a strip shows it.
import { useQuery } from "@tanstack/react-query";

import { fetchCoverage } from "../api/client";
import type { Coverage, Interval } from "../api/types";
import { formatMinute, toMs } from "./time";

const REFRESH_MS = 60_000;

export type Range = Coverage["ranges"][number];

/** What each status is called. Later ones are drawn over earlier ones, so that no hole is hidden. */
export const STATUS_WORDS: Record<string, string> = {
  traded: "traded",
  empty: "nothing traded",
  repaired: "repaired",
  venue_down: "venue down",
  missing: "missing",
};
const STATUSES = Object.keys(STATUS_WORDS);

/** A run of one status, in percent of the strip. */
export interface Part {
  range: Range;
  left: number;
  width: number;
}

/** The coverage of everything that is held of a series, read again from time to time. */
export function useCoverage(symbol: string, interval: Interval) {
  return useQuery({
    queryKey: ["coverage", symbol, interval],
    queryFn: ({ signal }) => fetchCoverage(symbol, interval, signal),
    refetchInterval: REFRESH_MS,
  });
}

/** The runs where they stand on the strip, those that must be seen last. */
export function partsOf({ from, to, ranges }: Coverage): Part[] {
  if (!from || !to) return [];
  const start = toMs(from);
  const length = Math.max(1, toMs(to) - start);
  const part = (range: Range): Part => ({
    range,
    left: ((toMs(range.from) - start) / length) * 100,
    width: ((toMs(range.to) - toMs(range.from)) / length) * 100,
  });
  const rank = (range: Range) => STATUSES.indexOf(range.status);
  return ranges.map(part).sort((a, b) => rank(a.range) - rank(b.range));
}

/** The run at a share of the strip, 0 to 1; of several that touch, the one that must be seen. */
export function rangeAt({ from, to, ranges }: Coverage, share: number): Range | null {
  if (!from || !to) return null;
  const at = toMs(from) + share * (toMs(to) - toMs(from));
  return ranges.find((range) => toMs(range.from) <= at && at < toMs(range.to)) ?? null;
}

/** `99.9305 %`; 100 % only where nothing is missing. */
export function ratioText({ ratio, complete }: Coverage): string {
  // Millionths, so that cutting off never rounds up.
  const millionths = Math.min(Math.round(Number(ratio) * 1e6), complete ? 1e6 : 999_999);
  return `${millionths / 1e4} %`;
}

/** A run in words. */
export function rangeText(range: Range, zone: string): string {
  const status = STATUS_WORDS[range.status] ?? range.status;
  const times = `${formatMinute(toMs(range.from), zone)} – ${formatMinute(toMs(range.to), zone)}`;
  const source = range.source ? ` (${range.source})` : "";
  const count = range.candles === 1 ? "1 candle" : `${range.candles} candles`;
  return `${times}: ${count} ${status}${source}`;
}

/** The whole strip in words. */
export function coverageText(coverage: Coverage): string {
  const counts = Object.entries(coverage.counts).filter(([, count]) => count > 0);
  const told = counts.map(([status, count]) => `${count} ${STATUS_WORDS[status] ?? status}`);
  return `${ratioText(coverage)} of ${coverage.expected} candles: ${told.join(", ")}`;
}
