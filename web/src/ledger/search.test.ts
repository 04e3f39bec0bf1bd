import { expect, it } from "vitest";

import { parseSearch, searchHref } from "./search";

it("an address says what is looked for, readably", () => {
  const search = { symbol: "binance:BTC/USDT", status: "open,filled" };
  const href = searchHref("/orders", search);
  expect(href).toBe("/orders?symbol=binance:BTC/USDT&status=open%2Cfilled");
  expect(parseSearch(href.slice("/orders".length), ["symbol", "status"])).toEqual(search);
  expect(parseSearch("?symbol=%20&other=1&status=", ["symbol", "status"])).toEqual({});
  expect(searchHref("/orders", { symbol: " " })).toBe("/orders");
});
