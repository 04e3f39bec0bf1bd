import { expect, it } from "vitest";

import { toCsv } from "./csv";

it("rows are lines, and what would break a line is quoted", () => {
  const rows = [
    { id: "a", net_pnl: "-0.100000000000000001", exit_reason: 'so "late", now', other_fees: {} },
    { id: "b", net_pnl: "2", exit_reason: null, other_fees: { BNB: "0.1" } },
  ];
  expect(toCsv(rows).split("\r\n")).toEqual([
    "id,net_pnl,exit_reason,other_fees",
    'a,-0.100000000000000001,"so ""late"", now",{}',
    'b,2,,"{""BNB"":""0.1""}"',
    "",
  ]);
});
