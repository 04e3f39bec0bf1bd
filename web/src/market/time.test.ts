import { expect, it } from "vitest";

import { zoneLabel } from "../shell/zone";
import { formatDate, formatMinute, formatSecond, toMs } from "./time";

const shown = (text: string, zone: string) => {
  const ms = toMs(text);
  return [formatDate(ms, zone), formatMinute(ms, zone), formatSecond(ms, zone)];
};

it("times are in their zone, with microseconds cut off", () => {
  const time = "2024-08-09T00:05:09.123456Z";
  expect(shown(time, "UTC")).toEqual(["2024-08-09", "2024-08-09 00:05", "00:05:09"]);
  const there = ["2024-08-08", "2024-08-08 20:05", "20:05:09"];
  expect(shown(time, "America/New_York")).toEqual(there);
  expect(shown(time, "Asia/Kolkata")[1]).toBe("2024-08-09 05:35");
  // Midnight is 00, and an hour that summer time takes twice is written twice.
  expect(shown("2024-10-27T00:30:00Z", "Europe/Berlin")[1]).toBe("2024-10-27 02:30");
  expect(shown("2024-10-27T01:30:00Z", "Europe/Berlin")[1]).toBe("2024-10-27 02:30");
  expect(shown("2024-10-26T22:00:00Z", "Europe/Berlin")[1]).toBe("2024-10-27 00:00");
});

it("a zone is called by its place", () => {
  const names = ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"];
  expect(names.map(zoneLabel)).toEqual(["UTC", "Berlin", "Buenos Aires", "GMT+5"]);
});
