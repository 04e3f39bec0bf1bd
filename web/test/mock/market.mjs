// What the mock server holds: a few symbols with candles and trades, two of them replayed, and the
// clockwork that trades them.
import { decimal, INTERVAL_MS, MINUTE_MS, openTime, random, walk } from "./series.mjs";

/** @typedef {import("./series.mjs").Candle} Candle */
/** @typedef {{time: string, price: string, quantity: string, side: "buy" | "sell" | null, trade_id: string | null, kind: "trade" | "agg_trade", received_at: string | null}} Tick */

/**
 * @typedef {object} Listing
 * @property {Record<string, unknown> & {symbol: string, replay: boolean, intervals: string[]}} row
 * @property {number} seed
 * @property {number} units  last price in units of the last place
 * @property {number} places
 * @property {Map<string, Candle[]>} candles
 * @property {Tick[]} ticks  newest last
 */

const ALL = Object.keys(INTERVAL_MS);
const HISTORY = 2_600;
/** The end of the stored (not replayed) data. */
const STORED_UNTIL_MS = Date.parse("2024-08-09T00:00:00Z");

/** @param {Partial<Record<string, unknown>>} fields */
function row(fields) {
  return {
    active: true,
    replay: false,
    replay_of: null,
    price_precision: null,
    quantity_precision: null,
    tick_size: null,
    lot_size: null,
    min_quantity: null,
    min_notional: null,
    listed_at: null,
    delisted_at: null,
    last_price: null,
    last_time: null,
    change_24h: null,
    change_24h_percent: null,
    volume_24h: null,
    intervals: ALL,
    ...fields,
  };
}

/** @param {string} venue @param {string} code @param {string} base @param {string} quote @param {number} places @param {object} more */
function pair(venue, code, base, quote, places, more) {
  return row({
    symbol: `${venue}:${code}`,
    venue,
    code,
    base,
    quote,
    price_precision: places,
    quantity_precision: 5,
    tick_size: decimal(1, places),
    lot_size: "0.00001",
    ...more,
  });
}

/** @param {number} nowMs */
function listings(nowMs) {
  const btc = { replay: true, replay_of: "binance:BTCUSDT", change_24h: "-123.40" };
  const eth = { replay: true, replay_of: "binance:ETHUSDT", change_24h: "41.07" };
  return [
    list(
      pair("replay", "BTCUSDT", "BTC", "USDT", 2, { ...btc, volume_24h: "12345.67891" }),
      1,
      6_179_415,
      nowMs,
    ),
    list(
      pair("replay", "ETHUSDT", "ETH", "USDT", 2, { ...eth, volume_24h: "98210.4402" }),
      2,
      268_391,
      nowMs,
    ),
    list(
      pair("binance", "BTCUSDT", "BTC", "USDT", 2, { change_24h: "-123.40" }),
      3,
      6_168_900,
      STORED_UNTIL_MS,
    ),
    list(
      pair("binance", "ETHUSDT", "ETH", "USDT", 2, { change_24h: "0.00" }),
      4,
      268_311,
      STORED_UNTIL_MS,
    ),
    list(
      pair("binance", "XRPETH", "XRP", "ETH", 8, {
        change_24h: "0.00001120",
        volume_24h: "5123456.7",
      }),
      5,
      145_617,
      STORED_UNTIL_MS,
    ),
    list(pair("binance", "LUNAUSDT", "LUNA", "USDT", 5, { active: false }), 6, 21, STORED_UNTIL_MS),
    list(
      row({ symbol: "test:EXACT18", venue: "test", code: "EXACT18", intervals: ["1h", "1d"] }),
      7,
      1234567890123456,
      STORED_UNTIL_MS,
      18,
    ),
    {
      ...list(
        row({ symbol: "nyse:SPY", venue: "nyse", code: "SPY", intervals: [] }),
        8,
        1,
        STORED_UNTIL_MS,
      ),
      bare: true,
    },
  ];
}

/** @param {any} fields @param {number} seed @param {number} units @param {number} endMs @param {number} [places] @returns {Listing & {endMs: number}} */
function list(fields, seed, units, endMs, places = fields.price_precision ?? 2) {
  return { row: fields, seed, units, places, candles: new Map(), ticks: [], endMs };
}

/** The market of one mock server. */
export class Market {
  /** @param {number} nowMs */
  constructor(nowMs) {
    this.next = random(99);
    this.tradeId = 1_000_000;
    /** @type {Map<string, Listing>} */
    this.listings = new Map();
    for (const listing of listings(nowMs)) {
      this.listings.set(listing.row.symbol, listing);
      if (!("bare" in listing)) this.#fill(listing, listing.endMs);
    }
  }

  /** @param {Listing} listing @param {number} endMs */
  #fill(listing, endMs) {
    const { seed, units, places, row } = listing;
    for (const interval of row.intervals) {
      listing.candles.set(
        interval,
        walk({ seed, interval, endMs, endUnits: units, places, count: HISTORY }),
      );
    }
    for (let i = 40; i > 0; i -= 1)
      this.#record(listing, units + Math.round(Math.sin(i) * units * 0.00004), endMs - i * 700);
    const price = decimal(units, places);
    const change = typeof row.change_24h === "string" ? Number(row.change_24h) : null;
    const percent = change === null ? null : ((change / (Number(price) - change)) * 100).toFixed(2);
    Object.assign(row, {
      last_price: price,
      last_time: new Date(endMs).toISOString(),
      change_24h_percent: percent,
    });
  }

  /** @param {Listing} listing @param {number} units @param {number} ms @returns {Tick} */
  #record(listing, units, ms) {
    this.tradeId += 1;
    /** @type {Tick} */
    const tick = {
      time: new Date(ms).toISOString(),
      price: decimal(units, listing.places),
      quantity: decimal(Math.ceil(this.next() ** 4 * 60_000), 5),
      side: this.next() < 0.5 ? "buy" : "sell",
      trade_id: String(this.tradeId),
      kind: "trade",
      received_at: null,
    };
    listing.ticks.push(tick);
    listing.ticks.splice(0, listing.ticks.length - 200);
    return tick;
  }

  /** One trade at `ms`: the tick, and the candle of every interval it went into. @param {Listing} listing @param {number} ms */
  trade(listing, ms) {
    const step = listing.units * 0.0002;
    listing.units += Math.round((this.next() - 0.5) * step) || 1;
    const tick = this.#record(listing, listing.units, ms);
    Object.assign(listing.row, { last_price: tick.price, last_time: tick.time });
    /** @type {Map<string, Candle>} */
    const candles = new Map();
    for (const [interval, series] of listing.candles) {
      candles.set(interval, addToSeries(series, interval, tick, ms));
    }
    return { tick, candles };
  }

  /** Adds a closed 1m candle after the last, as if time had passed. @param {string} symbol */
  skipMinute(symbol) {
    const series = this.listings.get(symbol)?.candles.get("1m");
    const last = series?.at(-1);
    if (series === undefined || last === undefined) throw new Error(`${symbol} has no 1m candles`);
    last.closed = true;
    const start = Date.parse(last.close_time);
    const close_time = new Date(start + MINUTE_MS).toISOString();
    series.push({ ...last, open_time: last.close_time, close_time, open: last.close });
    return last.close_time;
  }
}

/** @param {Candle[]} series @param {string} interval @param {Tick} tick @param {number} ms @returns {Candle} */
function addToSeries(series, interval, tick, ms) {
  const { price } = tick;
  const last = series.at(-1);
  const start = openTime(ms, interval);
  if (last !== undefined && Date.parse(last.open_time) >= start) {
    if (Number(price) > Number(last.high)) last.high = price;
    if (Number(price) < Number(last.low)) last.low = price;
    last.close = price;
    last.trade_count = (last.trade_count ?? 0) + 1;
    last.closed = false;
    return last;
  }
  if (last !== undefined) last.closed = true;
  /** @type {Candle} */
  const fresh = {
    open_time: new Date(start).toISOString(),
    close_time: new Date(start + (INTERVAL_MS[interval] ?? 0)).toISOString(),
    open: price,
    high: price,
    low: price,
    close: price,
    volume: tick.quantity,
    quote_volume: null,
    trade_count: 1,
    taker_buy_volume: null,
    closed: false,
  };
  series.push(fresh);
  return fresh;
}
