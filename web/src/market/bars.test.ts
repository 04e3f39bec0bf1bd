import { describe, expect, it } from "vitest";

import type { Candle } from "../api/types";
import { indexAtOrAfter, mergeBars, supersedes, tailChange, toBar, toBars } from "./bars";

/** A candle that opens `minute` minutes after midnight. */
function candle(minute: number, fields: Partial<Candle> = {}): Candle {
  const at = (m: number) => new Date(Date.UTC(2024, 7, 9, 0, m)).toISOString();
  return {
    open_time: at(minute),
    close_time: at(minute + 1),
    open: "1.0",
    high: "3",
    low: "0.5",
    close: "2",
    volume: "10",
    quote_volume: null,
    trade_count: 5,
    taker_buy_volume: null,
    closed: true,
    ...fields,
  };
}

const bars = (...minutes: number[]) => toBars(minutes.map((minute) => candle(minute)));
const minutes = (list: { time: number }[]) => list.map(({ time }) => (time / 60) % 1440);

describe("toBars", () => {
  it("sorts, drops doubles and keeps the exact text", () => {
    const list = toBars([candle(3), candle(1), candle(2), candle(1, { close: "2.50" })]);
    expect(minutes(list)).toEqual([1, 2, 3]);
    expect(list[0]).toMatchObject({ open: 1, close: 2.5, candle: { open: "1.0", close: "2.50" } });
  });

  it("takes times before 1970", () => {
    const old = toBar(candle(0, { open_time: "1950-01-02T00:00:00Z" }));
    expect(old.time).toBe(-631_065_600);
  });
});

describe("mergeBars", () => {
  it("appends, replaces the last and fills a gap", () => {
    expect(minutes(mergeBars(bars(1, 2), bars(3)))).toEqual([1, 2, 3]);
    expect(minutes(mergeBars(bars(1, 5), bars(2, 3, 5, 6)))).toEqual([1, 2, 3, 5, 6]);
    expect(minutes(mergeBars([], bars(1)))).toEqual([1]);
    expect(minutes(mergeBars(bars(4, 5), bars(1, 2)))).toEqual([1, 2, 4, 5]);
    const live = toBars([candle(2, { closed: false, trade_count: 6, close: "9" })]);
    const forming = toBars([candle(1), candle(2, { closed: false })]);
    expect(mergeBars(forming, live).at(-1)?.candle.close).toBe("9");
  });

  it("keeps the identity of what did not change", () => {
    const base = bars(1, 2, 3);
    expect(mergeBars(base, [])).toBe(base);
    const merged = mergeBars(base, bars(3, 4));
    expect(merged.slice(0, 2)).toEqual(base.slice(0, 2));
    expect(merged[0]).toBe(base[0]);
    expect(merged[1]).toBe(base[1]);
  });

  it("agrees with a map of open times for every overlap", () => {
    for (let a = 0; a < 64; a += 1) {
      for (let b = 0; b < 64; b += 1) {
        const pick = (mask: number) =>
          bars(...[0, 1, 2, 3, 4, 5].filter((bit) => mask & (1 << bit)));
        expect(minutes(mergeBars(pick(a), pick(b)))).toEqual(minutes(pick(a | b)));
      }
    }
  });
});

describe("supersedes", () => {
  it("never goes back from closed to open, nor to fewer trades", () => {
    const open = (trades: number | null) => candle(1, { closed: false, trade_count: trades });
    expect(supersedes(candle(1), open(9))).toBe(true);
    expect(supersedes(open(9), candle(1))).toBe(false);
    expect(supersedes(open(3), open(4))).toBe(false);
    expect(supersedes(open(4), open(4))).toBe(true);
    expect(supersedes(open(null), open(null))).toBe(true);
    // A closed candle is revised by late trades or a venue's own.
    expect(supersedes(candle(1, { trade_count: 1 }), candle(1))).toBe(true);
  });
});

describe("tailChange", () => {
  const base = bars(1, 2, 3);
  it("gives what to append or to redraw", () => {
    expect(tailChange(base, base)).toEqual([]);
    expect(minutes(tailChange(base, mergeBars(base, bars(4))) ?? [])).toEqual([4]);
    expect(minutes(tailChange(base, mergeBars(base, bars(3, 4, 5))) ?? [])).toEqual([3, 4, 5]);
  });

  it("asks for a redraw of everything where earlier bars changed", () => {
    expect(tailChange(base, mergeBars(base, bars(2)))).toBeNull();
    expect(tailChange(base, mergeBars(base, bars(0)))).toBeNull();
    expect(tailChange(base, base.slice(0, 2))).toBeNull();
    expect(tailChange([], base)).toBeNull();
  });
});

it("finds the first bar at or after a time", () => {
  const list = bars(1, 3, 5);
  const time = (minute: number) => toBar(candle(minute)).time;
  expect([0, 1, 2, 5, 6].map((minute) => indexAtOrAfter(list, time(minute)))).toEqual([
    0, 0, 1, 2, 3,
  ]);
});
