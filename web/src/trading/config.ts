// A bot's configuration: as fields where its schema describes plain ones, else as JSON.

type Json = Record<string, unknown>;
/** Any object, as the generated types write it. */
export type AnyObject = Record<string, never>;

/** One property of a schema, as a form shows it. */
export interface ConfigField {
  name: string;
  label: string;
  hint: string | undefined;
  type: "text" | "number" | "integer" | "boolean";
  options: string[] | null;
  required: boolean;
  initial: string;
}

const TYPES: Record<string, ConfigField["type"]> = {
  string: "text",
  number: "number",
  integer: "integer",
  boolean: "boolean",
};

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);

/** The fields of a schema; null where some of it is no plain field. */
export function configFields(schema: unknown): ConfigField[] | null {
  if (!isObject(schema) || !isObject(schema.properties)) return null;
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(schema.properties).map(([name, property]) =>
    fieldOf(name, property, required.includes(name)),
  );
  const plain = fields.filter((field) => field !== null);
  return plain.length > 0 && plain.length === fields.length ? plain : null;
}

function fieldOf(name: string, property: unknown, required: boolean): ConfigField | null {
  if (!isObject(property)) return null;
  const listed = Array.isArray(property.enum) ? property.enum : null;
  const options = listed?.every((each) => typeof each === "string") ? listed : null;
  const type = options === null ? TYPES[textOf(property.type) ?? ""] : "text";
  if (type === undefined || (listed !== null && options === null)) return null;
  const { default: initial } = property;
  return {
    name,
    label: textOf(property.title) ?? name,
    hint: textOf(property.description),
    type,
    options,
    required,
    initial: initial === undefined ? "" : typeof initial === "string" ? initial : `${initial}`,
  };
}

/** The configuration that fields hold; what is left empty is left out. */
export function configOf(fields: ConfigField[], values: Record<string, string>): AnyObject {
  const config: Json = {};
  for (const { name, type, initial } of fields) {
    const value = (values[name] ?? initial).trim();
    if (value === "") continue;
    // What is no number goes as text: the schema says what is wrong with it.
    const number = type === "number" || type === "integer" ? Number(value) : NaN;
    if (type === "boolean") config[name] = value === "true";
    else config[name] = Number.isFinite(number) ? number : value;
  }
  return config as AnyObject;
}

/** An object of JSON that was typed; a text says what is wrong. Nothing typed is an empty one. */
export function parseObject(text: string): AnyObject | string {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? (value as AnyObject) : "Not a JSON object: write {…}.";
  } catch (error) {
    return `Not JSON: ${error instanceof Error ? error.message : "it can’t be read"}.`;
  }
}

/** JSON for reading and changing. */
export const jsonText = (value: unknown): string => JSON.stringify(value, null, 2);
