import { expect, it } from "vitest";

import type { Candle } from "../api/types";
import { addLive } from "./candles";

function candle(minute: string, close: string, closed = false, trade_count = 1): Candle {
  return {
    open_time: `2024-08-09T00:${minute}:00Z`,
    close_time: "",
    open: "1",
    high: "1",
    low: "1",
    close,
    volume: "1",
    quote_volume: null,
    trade_count,
    taker_buy_volume: null,
    closed,
  };
}

const EMPTY = { bars: [], replay: false, syncs: 0 };
const closes = (state: { bars: { candle: Candle }[] }) => state.bars.map((bar) => bar.candle.close);

it("live candles replace the last bar until the next one opens", () => {
  const state = [
    { candles: [candle("01", "10", false, 1)], replay: true },
    { candles: [candle("01", "11", false, 2)], replay: true },
    { candles: [candle("01", "12", true, 3)], replay: true },
    { candles: [candle("02", "13", false, 1)], replay: true },
  ].reduce(addLive, EMPTY);
  expect(closes(state)).toEqual(["12", "13"]);
  expect(state.replay).toBe(true);
});

it("a tail read over REST fills the gap and takes nothing newer back", () => {
  const live = addLive(EMPTY, { candles: [candle("05", "55", false, 9)], replay: true });
  const tail = [candle("03", "33", true), candle("04", "44", true), candle("05", "50", false, 4)];
  const state = addLive(live, { candles: tail });
  expect(closes(state)).toEqual(["33", "44", "55"]);
  expect(state.replay).toBe(true);
});

it("a sync is counted and changes no bar", () => {
  const live = addLive(EMPTY, { candles: [candle("05", "55")] });
  const state = addLive(live, "sync");
  expect(state.syncs).toBe(1);
  expect(state.bars).toBe(live.bars);
});
