import { describe, expect, it } from "vitest";

import { PriceBoard, quoteOf } from "./prices";
import { findSymbols, firstSymbol, hasInterval, pairName, usableInterval } from "./symbols";
import { row } from "./symbols.fixture";

describe("the first symbol", () => {
  const bare = row("a:A");
  const priced = row("b:B", { last_price: "1" });
  const replayed = row("c:C", { replay: true });
  it("is a live one, else one with a price, else any", () => {
    expect(firstSymbol([bare, priced, replayed])).toBe(replayed);
    expect(firstSymbol([bare, priced])).toBe(priced);
    expect(firstSymbol([bare])).toBe(bare);
    expect(firstSymbol([])).toBeNull();
  });
});

it("keeps the wanted interval where the symbol has it", () => {
  expect(usableInterval("5m", row("a:A"))).toBe("5m");
  expect(usableInterval("4h", row("a:A"))).toBe("1m");
  expect(usableInterval("1m", row("a:A", { intervals: ["1w", "1h"] }))).toBe("1h");
  expect(usableInterval("4h", row("a:A", { intervals: [] }))).toBe("4h");
  expect(usableInterval("4h", null)).toBe("4h");
  expect([hasInterval(row("a:A"), "1d"), hasInterval(row("a:A"), "1w")]).toEqual([true, false]);
});

it("finds by every word of the query, in name, assets and venue", () => {
  const rows = [
    row("binance:BTCUSDT", { base: "BTC", quote: "USDT" }),
    row("kraken:BTCUSDT", { base: "BTC", quote: "USDT", replay: true }),
    row("nyse:SPY"),
  ];
  const found = (query: string) => findSymbols(rows, query).map((each) => each.symbol);
  expect(found(" BTC kraken ")).toEqual(["kraken:BTCUSDT"]);
  expect(found("btc/usdt")).toEqual(["binance:BTCUSDT", "kraken:BTCUSDT"]);
  expect(found("replay")).toEqual(["kraken:BTCUSDT"]);
  expect(found("")).toHaveLength(3);
  expect(found("doge")).toEqual([]);
  expect(rows.map(pairName)).toEqual(["BTC/USDT", "BTC/USDT", "SPY"]);
});

describe("quotes", () => {
  const listed = row("a:A", {
    last_price: "61794.15",
    last_time: "2024-08-09T00:00:00Z",
    change_24h: "-123.40",
    change_24h_percent: "-0.20",
  });
  const message = (price: string, time: string) =>
    ({ type: "price", symbol: "a:A", replay: true, price, time }) as const;

  it("a live price moves the change against the same price of the day before", () => {
    const board = new PriceBoard();
    board.apply(message("61917.56", "2024-08-09T00:00:05Z"));
    expect(quoteOf(listed, board.get("a:A"))).toMatchObject({
      price: "61917.56",
      change: "0.01",
      changePercent: "0.00",
      replay: true,
    });
  });

  it("a live price older than the listed one does not count", () => {
    const board = new PriceBoard();
    board.apply(message("1", "2024-08-08T23:59:59Z"));
    expect(quoteOf(listed, board.get("a:A"))).toMatchObject({ price: "61794.15", replay: false });
  });

  it("an unknown change stays unknown", () => {
    const board = new PriceBoard();
    board.apply(message("5", "2024-08-09T00:00:05Z"));
    const quote = quoteOf(row("a:A", { last_price: "4" }), board.get("a:A"));
    expect([quote.price, quote.change, quote.changePercent]).toEqual(["5", null, null]);
  });

  it("the direction is that of the last change, and prices never go back in time", () => {
    const board = new PriceBoard();
    const direction = (price: string, second: number) => {
      board.apply(message(price, `2024-08-09T00:00:0${second}Z`));
      return board.get("a:A")?.direction;
    };
    expect(direction("5", 1)).toBeNull();
    expect(direction("5.01", 2)).toBe("up");
    expect(direction("5.010", 3)).toBe("up");
    expect(direction("5.00", 4)).toBe("down");
    expect(direction("9", 2)).toBe("down");
    expect(board.get("a:A")?.price).toBe("5.00");
    // After a sync a replay may have begun again, with earlier times.
    board.sync();
    expect(direction("9", 1)).toBe("up");
    expect(board.get("a:A")?.price).toBe("9");
  });
});
