import { expect, it } from "vitest";

import { messageOf, outOfReach, USUAL_TEMPLATE } from "./alert";

const of = (template: object) => {
  const { text, open } = messageOf({ ...template }, "chw_1");
  return { message: JSON.parse(text) as Record<string, string>, open };
};

it("the usual template asks for what TradingView's strategies tell", () => {
  const { message, open } = of(USUAL_TEMPLATE);
  expect(message).toEqual({
    id: "{{timenow}}-{{strategy.order.id}}",
    ticker: "{{exchange}}:{{ticker}}",
    action: "{{strategy.order.action}}",
    contracts: "{{strategy.order.contracts}}",
    interval: "{{interval}}",
    secret: "chw_1",
  });
  expect(open).toEqual([]);
});

it("the order of a template's fields doesn't matter, the secret comes last", () => {
  const turned = Object.fromEntries(Object.entries(USUAL_TEMPLATE).toReversed());
  expect(messageOf(turned, "x").text).toBe(messageOf(USUAL_TEMPLATE, "x").text);
  expect(Object.keys(of(turned).message).at(-1)).toBe("secret");
});

it("fixed texts ask for nothing, and what TradingView doesn't tell is left to be written", () => {
  const { message, open } = of({
    symbol: "binance:BTCUSDT",
    side: "{{ strategy.order.action }}",
    quantity: "{{size|amount}}",
    limit_price: "{{close}}",
    entry_logic: "{{rule?}}",
  });
  expect(message).toEqual({
    "strategy.order.action": "{{strategy.order.action}}",
    size: "…",
    close: "{{close}}",
    secret: "chw_1",
  });
  expect(open).toEqual(["size"]);
});

it("addresses of a network of one's own and other ports are out of TradingView's reach", () => {
  for (const origin of ["https://desk.example", "http://desk.example", "http://203.0.113.7"]) {
    expect(outOfReach(origin), origin).toBe(null);
  }
  const near = ["localhost:8080", "127.0.0.1", "10.1.2.3", "172.20.0.1", "192.168.1.4:443"];
  for (const host of [...near, "[::1]:8080", "desk.local"]) {
    expect(outOfReach(`http://${host}`), host).toContain("can’t reach");
  }
  expect(outOfReach("http://172.32.0.1")).toBe(null);
  expect(outOfReach("https://desk.example:8443")).toContain("8443");
});
