import { expect, it } from "vitest";

import { parseRoute, routeHref } from "./route";

it("the address says symbol and interval, readably", () => {
  const route = { symbol: "binance:BTC/USDT", interval: "1m" };
  expect(routeHref(route)).toBe("?symbol=binance:BTC/USDT&interval=1m");
  expect(parseRoute(routeHref(route))).toEqual(route);
  const odd = { symbol: "a:B&C=%", interval: null };
  expect(parseRoute(routeHref(odd))).toEqual(odd);
  expect(parseRoute("?symbol=")).toEqual({ symbol: null, interval: null });
});
