import { expect, it } from "vitest";

import { afterLogin, loginHref, parseRoute, routeHref } from "./route";

it("the address says symbol and interval, readably", () => {
  const route = { symbol: "binance:BTC/USDT", interval: "1m" };
  expect(routeHref(route)).toBe("/?symbol=binance:BTC/USDT&interval=1m");
  expect(parseRoute(routeHref(route).slice(1))).toEqual(route);
  const odd = { symbol: "a:B&C=%", interval: null };
  expect(parseRoute(routeHref(odd).slice(1))).toEqual(odd);
  expect(parseRoute("?symbol=")).toEqual({ symbol: null, interval: null });
});

it("the login leads back to where one was, and nowhere else", () => {
  const origin = "http://127.0.0.1:8080";
  const back = (href: string) => afterLogin(new URL(loginHref(href), origin).search, origin);
  for (const href of ["/", "/?symbol=a:B&interval=1h", "/admin/audit?action=user.login"]) {
    expect(back(href)).toBe(href);
  }
  for (const href of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "http://[",
    "/login?next=/login",
  ]) {
    expect(back(href), href).toBe("/");
  }
  expect(afterLogin("", origin)).toBe("/");
});
