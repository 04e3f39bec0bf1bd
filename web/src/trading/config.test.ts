import { expect, it } from "vitest";

import { configFields, configOf, parseObject } from "./config";

const SCHEMA = {
  type: "object",
  required: ["fast", "symbol"],
  properties: {
    symbol: { type: "string", title: "Symbol", default: "binance:BTCUSDT" },
    fast: { type: "integer", minimum: 1, default: 9, description: "Candles of the fast average." },
    stake: { type: "number" },
    side: { enum: ["long", "short"] },
    dry: { type: "boolean", default: true },
  },
};

it("a schema of plain properties becomes fields, and they a configuration", () => {
  const fields = configFields(SCHEMA) ?? [];
  expect(fields.map(({ name, type, required }) => [name, type, required])).toEqual([
    ["symbol", "text", true],
    ["fast", "integer", true],
    ["stake", "number", false],
    ["side", "text", false],
    ["dry", "boolean", false],
  ]);
  expect(fields[3]?.options).toEqual(["long", "short"]);
  expect(configOf(fields, { stake: "0.1", side: "" })).toEqual({
    symbol: "binance:BTCUSDT",
    fast: 9,
    stake: 0.1,
    dry: true,
  });
  // Left to the schema to refuse.
  expect(configOf(fields, { fast: "nine", dry: "false" })).toMatchObject({
    fast: "nine",
    dry: false,
  });
});

it("any other schema is left to JSON", () => {
  for (const schema of [
    null,
    { type: "object" },
    { properties: {} },
    { properties: { a: { type: "object" }, b: { type: "string" } } },
    { properties: { a: { enum: [1, 2] } } },
    { properties: { a: true } },
  ]) {
    expect(configFields(schema), JSON.stringify(schema)).toBe(null);
  }
});

it("JSON that was typed is an object or says why not", () => {
  expect(parseObject(" ")).toEqual({});
  expect(parseObject('{"a": 1}')).toEqual({ a: 1 });
  expect(parseObject("[1]")).toMatch("Not a JSON object");
  expect(parseObject("{")).toMatch("Not JSON");
});
