import { expect, it } from "vitest";

import { formatDate, formatMinute, formatSecond, toMs } from "./time";

it("times are in UTC, with microseconds cut off", () => {
  const ms = toMs("2024-08-09T00:05:09.123456Z");
  expect([formatDate(ms), formatMinute(ms), formatSecond(ms)]).toEqual([
    "2024-08-09",
    "2024-08-09 00:05",
    "00:05:09",
  ]);
});
