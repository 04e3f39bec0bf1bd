import { expect, it } from "vitest";

import { after, detailOf } from "./event";

it("each event of an order is a line", () => {
  const terms = { side: "buy", kind: "stop_limit", quantity: "0.5", limit_price: "40000" };
  const fill = { quantity: "0.10", price: "39999.99", liquidity: "taker" };
  for (const [kind, body, line] of [
    ["placed", { terms }, "buy stop limit 0.5 at 40,000"],
    [
      "placed",
      { terms: { side: "buy", kind: "market", quantity: null, quote_quantity: "100" } },
      "buy market for 100 of quote",
    ],
    ["reserved", { asset: "USDT", amount: "20000.5" }, "20,000.5 USDT"],
    ["submitted", {}, ""],
    ["accepted", { venue_order_id: "17" }, "as 17"],
    ["rejected", { code: "-2010", reason: "no money" }, "-2010: no money"],
    ["amended", { quantity: null, limit_price: "41000", stop_price: null }, "limit price 41,000"],
    ["filled", { fill }, "0.1 at 39,999.99 as taker"],
    ["cancelled", { reason: "asked for" }, "asked for"],
    ["of tomorrow", null, ""],
  ] as const) {
    expect(detailOf(kind, body)).toBe(line);
  }
});

it("times are told from the beginning", () => {
  const told = [0, 412, 59_999, 125_900, 7_500_000].map((ms) => after(1_000, 1_000 + ms));
  expect(told).toEqual(["+0 s", "+0.412 s", "+59.999 s", "+2 min 5 s", "+2 h 5 min"]);
});
