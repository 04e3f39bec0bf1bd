import { expect, it } from "vitest";

import { placeOf } from "./pages";

it("an address names a page and what of it", () => {
  expect(placeOf("/bots")).toEqual({ page: "/bots", id: null });
  expect(placeOf("/bots/")).toEqual({ page: "/bots", id: null });
  expect(placeOf("/orders/0198-17")).toEqual({ page: "/orders", id: "0198-17" });
  for (const path of ["/", "/botsies", "/bots/1/2", "/settings"]) {
    expect(placeOf(path), path).toBe(null);
  }
});
