// Prices for the mock server: a random walk from a fixed seed, in whole units of the tick size, so
// that every run shows the same past and every decimal is exact text.

/** @typedef {{open_time: string, close_time: string, open: string, high: string, low: string, close: string, volume: string, quote_volume: string | null, trade_count: number | null, taker_buy_volume: string | null, closed: boolean}} Candle */

export const MINUTE_MS = 60_000;
/** @type {Record<string, number>} */
export const INTERVAL_MS = {
  "1m": MINUTE_MS,
  "5m": 5 * MINUTE_MS,
  "15m": 15 * MINUTE_MS,
  "30m": 30 * MINUTE_MS,
  "1h": 60 * MINUTE_MS,
  "4h": 240 * MINUTE_MS,
  "1d": 1440 * MINUTE_MS,
  "1w": 10_080 * MINUTE_MS,
};
/** 1970-01-01 was a Thursday; weeks begin on Monday, 1970-01-05. */
const FIRST_MONDAY_MS = 4 * 1440 * MINUTE_MS;

/** Mulberry32, a small generator with a 32-bit seed. @param {number} seed */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Whole units as a decimal text. @param {number | bigint} units @param {number} places */
export function decimal(units, places) {
  const digits = BigInt(units)
    .toString()
    .padStart(places + 1, "0");
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** @param {number} ms @param {string} interval */
export function openTime(ms, interval) {
  const length = INTERVAL_MS[interval] ?? MINUTE_MS;
  const origin = interval === "1w" ? FIRST_MONDAY_MS : 0;
  return Math.floor((ms - origin) / length) * length + origin;
}

/**
 * `count` candles, the last of them open at `endMs`, walking backwards from `endUnits`.
 * @param {{seed: number, interval: string, endMs: number, endUnits: number, places: number, count: number}} wish
 * @returns {Candle[]}
 */
export function walk({ seed, interval, endMs, endUnits, places, count }) {
  const next = random(seed);
  const length = INTERVAL_MS[interval] ?? MINUTE_MS;
  const step = endUnits * 0.0006 * Math.sqrt(length / MINUTE_MS);
  const last = openTime(endMs, interval);
  let close = endUnits;
  const candles = [];
  for (let i = 0; i < count; i += 1) {
    const drift = (next() + next() + next() - 1.5) * step;
    const open = Math.max(1, Math.round(close - drift));
    const high = Math.max(open, close) + Math.round(next() * step * 0.5);
    const low = Math.max(1, Math.min(open, close) - Math.round(next() * step * 0.5));
    const start = last - i * length;
    const volume = Math.round(next() ** 3 * 9_000_000 + 200_000);
    candles.push({
      open_time: new Date(start).toISOString(),
      close_time: new Date(start + length).toISOString(),
      open: decimal(open, places),
      high: decimal(high, places),
      low: decimal(low, places),
      close: decimal(close, places),
      volume: decimal(volume, 5),
      quote_volume: null,
      trade_count: 40 + Math.floor(next() * 900),
      taker_buy_volume: null,
      closed: i > 0,
    });
    close = open;
  }
  return candles.reverse();
}
