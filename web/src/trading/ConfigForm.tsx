// What a bot goes by: fields where the schema of its strategy describes plain ones, else JSON. What
// the schema refuses is said at the field that it is about.
import { useState } from "react";

import { Field, SelectField } from "../auth/form";
import { type ConfigField, configFields, configOf, jsonText, parseObject } from "./config";
import { type Fault, lastOf } from "./fault";
import { TextArea } from "./TextArea";

/** What was filled in; JSON once somebody asked for it. */
export interface ConfigDraft {
  values: Record<string, string>;
  json: string | null;
}

export const NO_CONFIG: ConfigDraft = { values: {}, json: null };

/** The configuration of a draft; a text says what is wrong with it. */
export function readDraft(schema: unknown, { values, json }: ConfigDraft) {
  const fields = configFields(schema);
  if (fields === null || json !== null) return parseObject(json ?? "");
  return configOf(fields, values);
}

interface ConfigFormProps {
  schema: unknown;
  draft: ConfigDraft;
  onDraft: (draft: ConfigDraft) => void;
  fault: Fault | null;
}

export function ConfigForm({ schema, draft, onDraft, fault }: ConfigFormProps) {
  const fields = configFields(schema);
  const named = fault && fields?.some(({ name }) => name === lastOf(fault.place));
  const ofWhole = fault && !named ? `${fault.place || "Configuration"}: ${fault.reason}` : null;
  const [toggled] = useState(draft.json !== null);
  if (fields === null || draft.json !== null) {
    return (
      <TextArea
        label="Configuration"
        hint={schema ? "JSON, as the strategy’s schema wants it." : "JSON; may be left out."}
        error={fault ? `${fault.place} ${fault.reason}`.trim() : null}
        value={draft.json ?? ""}
        rows={toggled ? 10 : 6}
        placeholder="{}"
        onText={(json) => onDraft({ ...draft, json })}
      />
    );
  }
  const set = (name: string) => (value: string) =>
    onDraft({ ...draft, values: { ...draft.values, [name]: value } });
  return (
    <fieldset className="config-fields">
      <legend>Configuration</legend>
      {fields.map((field) => (
        <Entry
          key={field.name}
          field={field}
          value={draft.values[field.name] ?? field.initial}
          error={fault && lastOf(fault.place) === field.name ? fault.reason : null}
          onValue={set(field.name)}
        />
      ))}
      {ofWhole && (
        <p className="field-error" role="alert">
          {ofWhole}
        </p>
      )}
      <button
        type="button"
        className="link-button"
        onClick={() => onDraft({ ...draft, json: jsonText(configOf(fields, draft.values)) })}
      >
        Write it as JSON
      </button>
    </fieldset>
  );
}

interface EntryProps {
  field: ConfigField;
  value: string;
  error: string | null;
  onValue: (value: string) => void;
}

function Entry({ field, value, error, onValue }: EntryProps) {
  const { label, hint, type, required } = field;
  const options = type === "boolean" ? ["true", "false"] : field.options;
  if (options !== null) {
    return (
      <div className="field">
        <SelectField label={label} value={value} onValue={onValue}>
          {(!required || value === "") && <option value="">–</option>}
          {options.map((option) => (
            <option key={option} value={option}>
              {type === "boolean" ? (option === "true" ? "yes" : "no") : option}
            </option>
          ))}
        </SelectField>
        {(error ?? hint) && (
          <small className={error ? "field-error" : "field-hint"}>{error ?? hint}</small>
        )}
      </div>
    );
  }
  return (
    <Field
      label={label}
      hint={hint}
      error={error}
      inputMode={type === "text" ? "text" : "decimal"}
      autoComplete="off"
      spellCheck={false}
      required={required}
      value={value}
      onChange={(event) => onValue(event.target.value)}
    />
  );
}
