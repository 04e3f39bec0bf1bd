// A new template: of what a bot goes by, or of a version of a strategy; private or shared.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { problemFromThrown } from "../api/problem";
import { createTemplate } from "../api/trading";
import { Field, FormProblem, SelectField } from "../auth/form";
import { faultOf } from "./fault";
import { Json } from "./Json";
import { useAllVersions, useBots, useChanged } from "./queries";
import { withDefaults } from "./template";

/** What a template can be made of: a bot's configuration, or a version as it is. */
function useSources() {
  const bots = useBots().data ?? [];
  const versions = useAllVersions();
  const ofBots = bots.map(({ id, name, config, strategy_version }) => {
    const version = versions.find(({ version }) => version.id === strategy_version)?.version;
    const config_schema = withDefaults(version?.config_schema, config);
    return { id, label: `the bot ${name}`, config_schema, parameters: version?.parameters };
  });
  const ofVersions = versions.map(({ version: { id, config_schema, parameters }, label }) => {
    return { id, label: `the strategy ${label}`, config_schema, parameters };
  });
  return [...ofBots, ...ofVersions];
}

interface SourceFieldProps {
  sources: { id: string; label: string }[];
  value: string;
  onValue: (id: string) => void;
}

function SourceField({ sources, value, onValue }: SourceFieldProps) {
  return (
    <SelectField label="Configuration of" value={value} onValue={onValue}>
      {sources.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </SelectField>
  );
}

export function NewTemplateForm({ onClose }: { onClose: () => void }) {
  const changed = useChanged();
  const sources = useSources();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [chosen, setChosen] = useState("");
  const [shared, setShared] = useState(false);
  const create = useMutation({
    mutationFn: createTemplate,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  const source = sources.find(({ id }) => id === chosen) ?? sources[0];
  const problem = create.isError ? problemFromThrown(create.error) : null;
  const fault = faultOf(problem, ["name"]);
  if (source === undefined)
    return <p>A template is made of a bot or a strategy. Make one first.</p>;
  const { config_schema, parameters } = source;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({
      name: name.trim(),
      is_public: shared,
      template_data: {
        ...(config_schema ? { config_schema } : {}),
        ...(parameters ? { parameters } : {}),
      },
      ...(description.trim() === "" ? {} : { description: description.trim() }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        error={fault?.reason}
        autoComplete="off"
        maxLength={64}
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="What it is about"
        autoComplete="off"
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <SourceField sources={sources} value={source.id} onValue={setChosen} />
      <Json label="What is kept" value={{ config_schema, parameters }} />
      <label className="check">
        <input
          type="checkbox"
          checked={shared}
          onChange={(event) => setShared(event.target.checked)}
        />
        Everybody here may read it
      </label>
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={create.isPending}>
        Make the template
      </button>
    </form>
  );
}
