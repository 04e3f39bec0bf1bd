import { describe, expect, it } from "vitest";

import type { Coverage } from "../api/types";
import { coverageText, partsOf, rangeAt, rangeText, ratioText } from "./coverage";

const range = (from: string, to: string, status: string, candles: number, source?: string) => ({
  from: `2024-08-08T${from}:00Z`,
  to: `2024-08-08T${to}:00Z`,
  status,
  candles,
  source: source ?? null,
});

const repaired = range("10:06", "10:10", "repaired", 4, "klines");
const missing = range("10:05", "10:06", "missing", 1);
const coverage: Coverage = {
  symbol: "binance:BTCUSDT",
  interval: "1m",
  from: "2024-08-08T10:00:00Z",
  to: "2024-08-08T10:20:00Z",
  ratio: "0.95",
  complete: false,
  expected: 20,
  counts: { traded: 15, empty: 0, venue_down: 0, missing: 1, repaired: 4 },
  ranges: [
    range("10:00", "10:05", "traded", 5),
    missing,
    repaired,
    range("10:10", "10:20", "traded", 10),
  ],
  next: null,
};

describe("the coverage strip", () => {
  it("shows each run in its place, and what is missing over everything", () => {
    const parts = partsOf(coverage);
    expect(parts.map((part) => [part.range.status, part.left, part.width])).toEqual([
      ["traded", 0, 25],
      ["traded", 50, 50],
      ["repaired", 30, 20],
      ["missing", 25, 5],
    ]);
    expect(partsOf({ ...coverage, from: null, to: null })).toEqual([]);
  });

  it("finds the run under the pointer", () => {
    expect(rangeAt(coverage, 0.27)?.status).toBe("missing");
    expect(rangeAt(coverage, 0.999)?.status).toBe("traded");
    expect(rangeAt(coverage, 1)).toBeNull();
  });

  it("never calls a series whole that isn't", () => {
    expect(ratioText({ ...coverage, ratio: "0.999305" })).toBe("99.9305 %");
    expect(ratioText({ ...coverage, ratio: "1" })).toBe("99.9999 %");
    expect(ratioText({ ...coverage, ratio: "1", complete: true })).toBe("100 %");
  });

  it("says in words what it shows", () => {
    expect(rangeText(repaired, "UTC")).toBe(
      "2024-08-08 10:06 – 2024-08-08 10:10: 4 candles repaired (klines)",
    );
    expect(rangeText(missing, "UTC")).toContain("1 candle missing");
    expect(coverageText(coverage)).toBe("95 % of 20 candles: 15 traded, 1 missing, 4 repaired");
  });
});
