import { expect, it } from "vitest";

import type { Leaderboard } from "../api/types";
import { placesOnBoard, quotesOf } from "./board";
import { row } from "./symbols.fixture";

const ranked = (
  symbol: string,
  fields: Partial<Leaderboard["symbols"][number]> = {},
): Leaderboard["symbols"][number] => ({
  symbol,
  base: "BTC",
  quote: "USDT",
  replay: false,
  price: "61000.5",
  change: "-100",
  change_percent: "-0.16",
  high: "62000",
  low: "60000",
  volume: "20.5",
  quote_volume: "1250510.25",
  trade_count: 7,
  ...fields,
});

const board = (...symbols: Leaderboard["symbols"]): Leaderboard => ({
  from: "2024-08-08T00:00:00Z",
  to: "2024-08-09T00:00:00Z",
  by: "quote_volume",
  symbols,
});

it("a place has the list's row with price and change of the board", () => {
  const rows = [row("a:A", { last_price: "1", change_24h: "5" }), row("b:B")];
  const [place] = placesOnBoard(board(ranked("a:A")), rows);
  expect(place?.rank).toBe(1);
  expect(place?.row).toEqual({
    ...rows[0],
    last_price: "61000.5",
    change_24h: "-100",
    change_24h_percent: "-0.16",
  });
  expect(place?.volume).toEqual({ rough: "1.25M USDT", exact: "1,250,510.25 USDT" });
});

it("a symbol that is not listed yet leaves its rank free", () => {
  const places = placesOnBoard(board(ranked("x:NEW"), ranked("a:A")), [row("a:A")]);
  expect(places.map(({ rank, row }) => [rank, row.symbol])).toEqual([[2, "a:A"]]);
});

it("an unknown quote volume gives way to that of base, and an unknown asset to nothing", () => {
  const rows = [row("a:A"), row("b:B")];
  const places = placesOnBoard(
    board(ranked("a:A", { quote_volume: null }), ranked("b:B", { quote: null })),
    rows,
  );
  expect(places.map(({ volume }) => volume.rough)).toEqual(["20.5 BTC", "1.25M"]);
});

it("what symbols are paid with, the commonest first", () => {
  const rows = ["ETH", "USDT", null, "USDT", "BTC"].map((quote, i) => row(`a:${i}`, { quote }));
  expect(quotesOf(rows)).toEqual(["USDT", "BTC", "ETH"]);
});
