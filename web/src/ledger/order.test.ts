import { expect, it } from "vitest";

import type { Order } from "../api/ledger";
import {
  canAmend,
  canCancel,
  type Draft,
  fieldsOf,
  orderOf,
  STATUSES,
  tagsOf,
  termsOf,
  trailOf,
} from "./order";

const DRAFT: Draft = {
  account: "a",
  bot: "",
  symbol: " binance:BTCUSDT ",
  side: "buy",
  kind: "limit",
  byQuote: true,
  quantity: "0.3",
  limitPrice: "40000",
  stopPrice: "39000",
  trailPercent: "1",
  timeInForce: "gtc",
  margin: false,
  leverage: "3",
  reduceOnly: false,
};

it("an order has the fields of its kind and no others", () => {
  expect(orderOf(DRAFT, "page-1")).toEqual({
    account: "a",
    client_order_id: "page-1",
    symbol: "binance:BTCUSDT",
    side: "buy",
    kind: "limit",
    mode: "spot",
    quantity: "0.3",
    limit_price: "40000",
    time_in_force: "gtc",
  });
  expect(fieldsOf({ ...DRAFT, kind: "market" })).toEqual(["quote_quantity"]);
  expect(fieldsOf({ ...DRAFT, kind: "market", side: "sell" })).toEqual(["quantity"]);
  expect(fieldsOf({ ...DRAFT, kind: "stop" })).toEqual(["quantity", "stop_price"]);
  expect(fieldsOf({ ...DRAFT, kind: "trailing_stop", margin: true })).toEqual([
    "quantity",
    "trail_percent",
    "leverage",
  ]);
  const margin = orderOf({ ...DRAFT, margin: true, reduceOnly: true, bot: "b" }, "page-2");
  expect(margin).toMatchObject({ mode: "margin", leverage: "3", reduce_only: true, bot: "b" });
});

it("an order tells how it is held, how it trails and whose idea it was", () => {
  const order = {
    mode: "margin",
    leverage: "3",
    time_in_force: "ioc",
    reduce_only: true,
    trail_distance: null,
    trail_percent: "1.5",
    strategy: "cross",
    entry_logic: null,
    exit_logic: "top",
    interval: "5m",
    exit_reason: null,
  } as unknown as Order;
  expect(termsOf(order)).toBe("margin × 3, IOC, reduces only");
  expect(trailOf(order)).toBe("1.5 %");
  expect(tagsOf(order)).toBe("cross · top · 5m");
  const plain = { ...order, mode: "spot", leverage: "1", reduce_only: false, trail_percent: null };
  expect(termsOf(plain)).toBe("spot, IOC");
  expect(trailOf({ ...plain, trail_distance: "250" })).toBe("250");
  expect(trailOf(plain)).toBeNull();
});

it("what is left empty is not sent", () => {
  expect(orderOf({ ...DRAFT, limitPrice: " " }, "page-3")).not.toHaveProperty("limit_price");
});

it("what the venue doesn't have can't be amended, and what it wasn't sent can't be cancelled", () => {
  expect(STATUSES.filter(canCancel)).toEqual(["submitted", "open", "partially_filled"]);
  expect(STATUSES.filter(canAmend)).toEqual(["open", "partially_filled"]);
});
