// Trades on the candles of their symbol.
import type { RoundTrip } from "../api/ledger";
import { INTERVALS, type Interval } from "../api/types";
import type { Bar } from "../market/bars";
import type { Mark } from "../market/chart";
import { formatDecimal } from "../market/decimal";
import { toMs } from "../market/time";

/** Candles that are on a chart without scrolling. */
const SEEN_CANDLES = 150;
/** Candles that a price over or under them is wide. */
const LABEL_CANDLES = 16;
const LENGTH_MS: Record<Interval, number> = {
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "30m": 1_800_000,
  "1h": 3_600_000,
  "4h": 14_400_000,
  "1d": 86_400_000,
  "1w": 604_800_000,
};

/** The shortest candles by which so long a time is seen at once. */
export function intervalFor(spanMs: number): Interval {
  return INTERVALS.find((each) => LENGTH_MS[each] * SEEN_CANDLES >= spanMs) ?? "1w";
}

/** Entries and exits on the candles that they happened in, by time; what no candle is there for is left out. */
export function marksOf(trades: RoundTrip[], bars: Bar[]): Mark[] {
  const marks = trades.flatMap((trade): (Mark | null)[] => {
    const long = trade.direction === "long";
    const entry = trade.entry_price === null ? "" : ` ${rounded(trade.entry_price)}`;
    const opened = markAt(bars, trade.entry_time, long ? "buy" : "sell", `in${entry}`);
    if (trade.exit_time === null) return [opened];
    const exit = trade.exit_price === null ? "" : ` ${rounded(trade.exit_price)}`;
    return [opened, markAt(bars, trade.exit_time, long ? "sell" : "buy", `out${exit}`)];
  });
  const sorted = marks.filter((mark) => mark !== null).sort((a, b) => a.time - b.time);
  return legible(sorted, bars);
}

/** Where marks of a side are closer than their prices are wide, only the latest keeps its own. */
function legible(marks: Mark[], bars: Bar[]): Mark[] {
  const places = new Map(bars.map(({ time }, place) => [time, place]));
  const free = { buy: Infinity, sell: Infinity };
  const told = marks.toReversed().map((mark) => {
    const place = places.get(mark.time) ?? 0;
    if (place > free[mark.side] - LABEL_CANDLES) return { ...mark, text: "" };
    free[mark.side] = place;
    return mark;
  });
  return told.toReversed();
}

function markAt(bars: Bar[], time: string, side: Mark["side"], text: string): Mark | null {
  const second = toMs(time) / 1000;
  const next = bars.findIndex((bar) => bar.time > second);
  const bar = next < 0 ? bars.at(-1) : bars[next - 1];
  return bar === undefined ? null : { time: bar.time, side, text };
}

/** A price short enough to stand in a chart. */
function rounded(price: string): string {
  const [whole = "", fraction = ""] = price.split(".");
  const kept = fraction.slice(0, Math.max(0, 6 - whole.length));
  return formatDecimal(kept === "" ? whole : `${whole}.${kept}`);
}
