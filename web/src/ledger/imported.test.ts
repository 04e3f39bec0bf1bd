import { expect, it } from "vitest";

import type { TradeReport } from "../api/imports";
import { causeText, differenceOf, notesOf, together } from "./imported";

const TRADE: TradeReport = {
  ...{ row: "3", pair: "TRX/USDT", outcome: "differs", is_open: false, position: null },
  ...{ profit_here: "-2.043621000000003249", profit_told: "-2.07202665", reconciled: true },
};

it("tables without trading don't count as rows that were not taken", () => {
  const none = { imported: 0, known: 0, skipped: 0, differs: 0 };
  const sum = together({
    orders: { ...none, rows: 132, imported: 130, skipped: 2 },
    pairlocks: { ...none, rows: 47, skipped: 47, reason: "holds no trading" },
    trades: { ...none, rows: 48, imported: 4, known: 1, differs: 43 },
  });
  expect(sum).toEqual({ rows: 180, imported: 134, known: 1, skipped: 2, differs: 43 });
});

it("a difference is exact, and none where the file tells no profit", () => {
  expect(differenceOf(TRADE)).toBe("0.028405649999996751");
  expect(differenceOf({ ...TRADE, profit_told: null })).toBe(null);
  const { row, pair, outcome, is_open, position, reconciled } = TRADE;
  expect(differenceOf({ row, pair, outcome, is_open, position, reconciled })).toBe(null);
});

it("each cause is said with both figures, and what has none is said so", () => {
  const cause = { part: "entry_fees", here: "0", told: "-0.01492580495610", difference: "1" };
  expect(causeText({ ...cause, cause: "fee_in_other_asset" })).toBe(
    "entry fees: 0 here, −0.0149258 in the file; paid in another asset, here beside the profit",
  );
  expect(causeText({ ...cause, cause: null })).toContain("; no known cause");
  expect(causeText({ ...cause, cause: "new_one" })).toContain("; new one");
});

it("the notes of a trade are its causes, fees in other assets, and the rest", () => {
  expect(notesOf(TRADE)).toEqual([]);
  const more = { other_fees: { BNB: "0.00011393" }, notes: ["made of its rates"] };
  expect(notesOf({ ...TRADE, ...more })).toEqual([
    "fees of 0.00011393 BNB beside the profit",
    "made of its rates",
  ]);
});
