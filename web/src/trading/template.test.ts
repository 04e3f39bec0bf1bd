import { expect, it } from "vitest";

import { configFields, configOf } from "./config";
import { draftOf, schemaOf, withDefaults } from "./template";

const SCHEMA = {
  type: "object",
  required: ["fast"],
  properties: { fast: { type: "integer", default: 9 }, stake: { type: "number" } },
};

it("a configuration comes back from the template that was made of it", () => {
  const config = { fast: 3, stake: 0.5 };
  const schema = withDefaults(SCHEMA, config);
  expect(schema).toMatchObject({ required: ["fast"], default: config });
  expect(draftOf(schema)).toEqual({ values: {}, json: null });
  expect(configOf(configFields(schema) ?? [], {})).toEqual(config);
  expect(SCHEMA.properties.fast.default).toBe(9);
});

it("what no field holds comes back as JSON", () => {
  for (const [schema, config] of [
    [null, { pairs: ["BTC", "ETH"] }],
    [SCHEMA, { fast: 3, more: true }],
  ] as const) {
    const { json } = draftOf(withDefaults(schema, config));
    expect(JSON.parse(json ?? "")).toEqual(config);
  }
});

it("a template without a configuration begins with nothing", () => {
  expect(draftOf(schemaOf({ template_data: { parameters: {} } }))).toEqual({
    values: {},
    json: null,
  });
  expect(schemaOf(undefined)).toBeNull();
});
