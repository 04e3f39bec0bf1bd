// Candles as the chart holds them: one bar for each open time, ascending. Pages of history, the
// tail read after a reconnection and live candles all meet here.
import type { Candle } from "../api/types";
import { toMs } from "./time";

/** A candle with the doubles that the chart draws; `candle` keeps the exact text. */
export interface Bar {
  /** Open time in seconds since 1970, the chart's unit. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  candle: Candle;
}

export function toBar(candle: Candle): Bar {
  return {
    time: toMs(candle.open_time) / 1000,
    open: Number(candle.open),
    high: Number(candle.high),
    low: Number(candle.low),
    close: Number(candle.close),
    volume: Number(candle.volume),
    candle,
  };
}

/** Bars of candles in any order, ascending, the later of two with the same open time. */
export function toBars(candles: Candle[]): Bar[] {
  const byTime = new Map(candles.map(toBar).map((bar) => [bar.time, bar]));
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

/**
 * Whether `next` may stand in for `old`. Answers over REST and messages of the stream overtake each
 * other, so an open candle never replaces a closed one, nor one with more trades in it.
 */
export function supersedes(next: Candle, old: Candle): boolean {
  if (next.closed !== old.closed) return next.closed;
  if (next.closed) return true;
  return (next.trade_count ?? 0) >= (old.trade_count ?? 0);
}

/** Index of the first bar at or after `time`. */
export function indexAtOrAfter(bars: Bar[], time: number): number {
  let [low, high] = [0, bars.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bars[middle]?.time ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `base` with `news` merged in by open time; both ascending. Bars before the first new one keep their identity. */
export function mergeBars(base: Bar[], news: Bar[]): Bar[] {
  const first = news[0];
  if (first === undefined) return base;
  const start = indexAtOrAfter(base, first.time);
  const merged = base.slice(0, start);
  let [i, j] = [start, 0];
  for (;;) {
    const [old, next] = [base[i], news[j]];
    if (old === undefined && next === undefined) return merged;
    if (next === undefined || (old !== undefined && old.time < next.time)) {
      if (old !== undefined) merged.push(old);
      i += 1;
    } else if (old === undefined || next.time < old.time) {
      merged.push(next);
      j += 1;
    } else {
      merged.push(supersedes(next.candle, old.candle) ? next : old);
      i += 1;
      j += 1;
    }
  }
}

/**
 * What to tell the chart: the bars to append or redraw at its end, or null where it must be filled
 * anew because something earlier than its last bar changed.
 */
export function tailChange(shown: Bar[], next: Bar[]): Bar[] | null {
  if (next.length < shown.length) return null;
  let same = 0;
  while (same < shown.length && shown[same] === next[same]) same += 1;
  if (same < shown.length - 1 || same === 0) return null;
  return next.slice(same);
}
