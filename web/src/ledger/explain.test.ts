import { expect, it } from "vitest";

import type { ExplainLine } from "../api/performance";
import { addsUp, sumUp } from "./explain";

const line = (quote: string, profit: string | null): ExplainLine => ({
  event: 1,
  time: "2026-01-05T10:00:00Z",
  recorded_at: "2026-01-05T10:00:00Z",
  kind: "fill",
  position: "p",
  symbol: "binance:BTCUSDT",
  order: null,
  venue_trade_id: null,
  leg: null,
  price: null,
  quantity: null,
  asset: null,
  amount: null,
  profit,
  quote,
});

const LINES = [
  line("USDT", "0.1"),
  line("BTC", "1"),
  line("USDT", null),
  line("USDT", "0.200000000000000001"),
  line("USDT", "-0.30"),
];

it("sums go on in each quote by itself, without what adds nothing", () => {
  expect(sumUp(LINES).map(({ soFar }) => soFar)).toEqual([
    "0.1",
    "1",
    null,
    "0.300000000000000001",
    "0.000000000000000001",
  ]);
});

it("a total is the sum of its lines to the last digit", () => {
  expect(addsUp(LINES, "USDT", "0.000000000000000001")).toBe(true);
  expect(addsUp(LINES, "USDT", "0")).toBe(false);
  expect(addsUp(LINES, "BTC", "1.00")).toBe(true);
  expect(addsUp(LINES, "EUR", "0")).toBe(true);
});
