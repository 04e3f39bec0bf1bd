import { expect, it } from "vitest";

import type { RoundTrip } from "../api/ledger";
import type { Bar } from "../market/bars";
import { intervalFor, marksOf } from "./marks";

const at = (minute: number) => Date.parse("2026-01-05T10:00:00Z") / 1000 + 60 * minute;
const bars = [0, 1, 2, 3].map((minute) => ({ time: at(minute) }) as Bar);
const trade = (direction: string, entry: string, exit: string | null) =>
  ({
    direction,
    entry_time: `2026-01-05T10:${entry}Z`,
    exit_time: exit && `2026-01-05T10:${exit}Z`,
    entry_price: "61794.154999999",
    exit_price: exit && "0.00001234",
  }) as RoundTrip;

it("each trade is on the candles that it began and ended in", () => {
  expect(marksOf([trade("long", "01:59", "03:00")], bars)).toEqual([
    { time: at(1), side: "buy", text: "in 61,794.1" },
    { time: at(3), side: "sell", text: "out 0.00001" },
  ]);
  expect(marksOf([trade("short", "00:00", null)], bars).map(({ side }) => side)).toEqual(["sell"]);
});

it("marks ascend, and what was before the first candle is left out", () => {
  const trades = [trade("long", "03:10", null), trade("long", "00:10", "01:10")];
  expect(marksOf(trades, bars).map(({ time }) => time)).toEqual([at(0), at(1), at(3)]);
  expect(marksOf(trades, bars.slice(2)).map(({ time }) => time)).toEqual([at(3)]);
  expect(marksOf(trades, [])).toEqual([]);
});

it("prices that would lie over each other are left out but for the latest", () => {
  const many = Array.from({ length: 40 }, (_, minute) => ({ time: at(minute) }) as Bar);
  const trades = ["00:00", "10:00", "20:00", "30:00", "39:00"].map((time) =>
    trade("long", time, null),
  );
  const told = marksOf([...trades, trade("long", "38:00", "39:30")], many);
  const bought = told.filter(({ side }) => side === "buy").map(({ text }) => text !== "");
  expect(bought).toEqual([true, false, true, false, false, true]);
  expect(told.filter(({ side }) => side === "sell")[0]?.text).toBe("out 0.00001");
});

it("candles are as long as it takes to see all", () => {
  const hour = 3_600_000;
  expect(intervalFor(0)).toBe("1m");
  expect(intervalFor(2 * hour)).toBe("1m");
  expect(intervalFor(3 * hour)).toBe("5m");
  expect(intervalFor(24 * 365 * hour)).toBe("1w");
});
