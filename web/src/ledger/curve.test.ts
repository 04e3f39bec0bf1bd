import { expect, it } from "vitest";

import { begun, drawn } from "./curve";

const point = (time: string, equity: string, drawdown_ratio: number | null) => ({
  time,
  equity,
  realised_pnl: "0",
  unrealised_pnl: "0",
  drawdown: "0",
  drawdown_ratio,
  unpriced: [],
});

it("a curve ascends in time, and the later of two points of a second counts", () => {
  const points = [
    point("2026-01-06T00:00:00Z", "1010.5", null),
    point("2026-01-05T00:00:00Z", "1000", 0),
    point("2026-01-06T00:00:00.400Z", "990", 0.02),
  ];
  expect(drawn(points)).toEqual([
    { time: 1_767_571_200, equity: 1000, drawdown: -0 },
    { time: 1_767_657_600, equity: 990, drawdown: -2 },
  ]);
});

it("a curve begins where there was something, and with the last point at which it stood still", () => {
  const days = (...equities: string[]) =>
    equities.map((equity, at) => point(`2026-01-0${at + 1}T00:00:00Z`, equity, 0));
  const drawnOf = (...equities: string[]) =>
    begun(days(...equities)).map(({ time, equity }) => [time.slice(8, 10), equity]);
  expect(drawnOf("0", "0", "0")).toEqual([]);
  expect(drawnOf("0", "0.00", "100", "100", "101")).toEqual([
    ["04", "100"],
    ["05", "101"],
  ]);
  expect(drawnOf("0", "100", "100")).toHaveLength(2);
  expect(drawnOf("100", "99", "99")).toHaveLength(3);
});
