import { expect, it } from "vitest";

import { Problem } from "../api/problem";
import { faultOf, lastOf } from "./fault";

const refused = (detail: string, parameter: string | null = null, status = 400) =>
  new Problem("Refused", detail, status, "code", null, null, parameter);

it("a refusal is about the field that it names", () => {
  const fields = ["quantity", "limit_price", "config", "name"];
  const lot = refused("quantity is 0.15, not a multiple of the lot size 0.1");
  expect(faultOf(lot, fields)).toEqual({ field: "quantity", place: "", reason: lot.detail });
  const missing = refused("limit_price is missing; limit needs it");
  expect(faultOf(missing, fields)?.field).toBe("limit_price");
  expect(faultOf(refused('config/stake/asset: the value is not of type "string"'), fields)).toEqual(
    { field: "config", place: "/stake/asset", reason: 'the value is not of type "string"' },
  );
  expect(faultOf(refused("there is a bot with this name", "name", 409), fields)?.field).toBe(
    "name",
  );
});

it("what names no field of the form is said of the whole", () => {
  expect(faultOf(null, ["quantity"])).toBe(null);
  expect(faultOf(refused("amended: neither quantity nor limit_price"), ["quantity"])).toBe(null);
  expect(faultOf(refused("leverage is 2; a spot order has 1"), ["quantity"])).toBe(null);
  expect(faultOf(refused("quantity is odd", null, 503), ["quantity"])).toBe(null);
});

it("the last part of a pointer is unescaped", () => {
  expect(lastOf("/stake/a~1b~0c")).toBe("a/b~c");
  expect(lastOf("")).toBe("");
});
