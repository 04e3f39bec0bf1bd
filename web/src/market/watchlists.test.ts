import { expect, it } from "vitest";

import type { Watchlist } from "../api/preferences";
import { row } from "./symbols.fixture";
import { listOfStars, listShown, moved, rowsOf } from "./watchlists";

const list = (id: string, symbols: string[] = [], is_default = false): Watchlist => {
  const time = "2024-08-09T00:00:00Z";
  return { id, name: id, symbols, is_default, created_at: time, updated_at: time };
};

it("opens with the default and shows what was picked while it is there", () => {
  const lists = [list("a"), list("b", [], true)];
  const [a, b] = lists;
  expect(listShown(lists, undefined)).toBe(b);
  expect(listShown(lists, "a")).toBe(a);
  expect(listShown(lists, null)).toBe(null);
  expect(listShown(lists, "gone")).toBe(b);
  expect(listShown([list("a")], undefined)).toBe(null);
  expect(listOfStars(lists, list("c"))?.id).toBe("c");
  expect(listOfStars(lists, null)).toBe(b);
  expect(listOfStars([list("a")], null)?.id).toBe("a");
  expect(listOfStars([], null)).toBe(null);
});

it("a list has its own order, and names what the server doesn't list", () => {
  const [first, second] = [row("a:X"), row("a:Y")];
  const { found, missing } = rowsOf(list("l", ["a:Y", "b:NEW", "a:X"]), [first, second]);
  expect(found).toEqual([second, first]);
  expect(missing).toEqual(["b:NEW"]);
});

it("a symbol moves by its places and not out of the list", () => {
  const symbols = ["a", "b", "c"];
  expect(moved(symbols, 2, -1)).toEqual(["a", "c", "b"]);
  expect(moved(symbols, 0, 1)).toEqual(["b", "a", "c"]);
  expect(moved(symbols, 0, -1)).toEqual(symbols);
  expect(moved(symbols, 2, 1)).toEqual(symbols);
});
