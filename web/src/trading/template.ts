// Templates hold what a strategy's first version is made of. What a bot goes by is kept in one as
// the defaults of its schema: so it fills the form of the next bot, and of those of a strategy that
// is made from it.
import type { ConfigDraft } from "./ConfigForm";
import { type AnyObject, configFields, jsonText } from "./config";

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema with this configuration as what is filled in at first. */
export function withDefaults(schema: unknown, config: Json): AnyObject {
  const base: Json = isObject(schema) ? { ...schema } : { type: "object" };
  if (isObject(base.properties)) {
    const filled = Object.entries(base.properties).map(([name, property]) => [
      name,
      isObject(property) && name in config ? { ...property, default: config[name] } : property,
    ]);
    base.properties = Object.fromEntries(filled);
  }
  return { ...base, default: config } as unknown as AnyObject;
}

/** What a form begins with where this schema is filled in: JSON where its fields don't hold all. */
export function draftOf(schema: unknown): ConfigDraft {
  const config = isObject(schema) && isObject(schema.default) ? schema.default : {};
  const names = configFields(schema)?.map(({ name }) => name);
  const held = names !== undefined && Object.keys(config).every((name) => names.includes(name));
  const json = held || Object.keys(config).length === 0 ? null : jsonText(config);
  return { values: {}, json };
}

/** The schema of a template's configurations, if it has one. */
export function schemaOf(template: { template_data: unknown } | undefined): unknown {
  const data = template?.template_data;
  return isObject(data) ? (data.config_schema ?? null) : null;
}
