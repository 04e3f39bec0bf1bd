import { expect, it } from "vitest";

import { drawn } from "./curve";

const point = (time: string, equity: string, drawdown_ratio: number | null) => ({
  time,
  equity,
  realised_pnl: "0",
  unrealised_pnl: "0",
  drawdown: "0",
  drawdown_ratio,
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
