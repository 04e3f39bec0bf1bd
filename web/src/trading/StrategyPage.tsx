// One strategy: its versions, which never change, and a new one.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import type { Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { createVersion, deleteStrategy, type Version } from "../api/trading";
import { Field, FormProblem } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { Modal } from "../shell/Modal";
import { PageLink } from "../shell/PageLink";
import { navigate } from "../shell/route";
import { NothingPanel } from "../shell/StatePanel";
import { jsonText, parseObject } from "./config";
import { faultOf } from "./fault";
import { Json } from "./Json";
import { mayWrite } from "./pages";
import { useChanged, useStrategies, useVersions } from "./queries";
import { TextArea } from "./TextArea";

export function StrategyPage({ me, id }: { me: Me; id: string }) {
  const strategies = useStrategies();
  const versions = useVersions(id);
  const [open, setOpen] = useState<"version" | "delete" | null>(null);
  const strategy = strategies.data?.find((each) => each.id === id);
  if (strategies.isSuccess && strategy === undefined) {
    return (
      <NothingPanel title="There is no such strategy">
        <PageLink to="/strategies">To the strategies</PageLink>
      </NothingPanel>
    );
  }
  const writes = mayWrite(me, "bots");
  const close = () => setOpen(null);
  return (
    <section className="block is-wide" aria-labelledby="strategy-title">
      <header className="block-head">
        <h2 id="strategy-title">{strategy?.name ?? "Strategy"}</h2>
        {writes && (
          <div className="buttons">
            <button type="button" className="button is-main" onClick={() => setOpen("version")}>
              New version
            </button>
            <button type="button" className="button is-danger" onClick={() => setOpen("delete")}>
              Delete…
            </button>
          </div>
        )}
      </header>
      {strategy?.description && <p className="is-muted">{strategy.description}</p>}
      <Listing
        query={versions}
        label="Versions"
        columns={["Version", "Notes", "Configuration", "Parameters", "Made"]}
        empty="There is no version yet. A bot follows a version."
      >
        {versions.data?.map((version) => (
          <VersionRow key={version.id} version={version} />
        ))}
      </Listing>
      <Modal kind="dialog" label="New version" open={open === "version"} onClose={close}>
        <NewVersionForm id={id} last={versions.data?.[0]} onClose={close} />
      </Modal>
      <Modal kind="dialog" label="Delete strategy" open={open === "delete"} onClose={close}>
        <DeleteForm id={id} name={strategy?.name ?? ""} onClose={close} />
      </Modal>
    </section>
  );
}

function VersionRow({ version }: { version: Version }) {
  return (
    <tr>
      <th scope="row">
        <span>{version.version}</span>
      </th>
      <td data-label="Notes">{version.notes ?? "–"}</td>
      <td data-label="Configuration">
        {version.config_schema === null ? (
          "any"
        ) : (
          <Json label="Schema" value={version.config_schema} />
        )}
      </td>
      <td data-label="Parameters">
        {Object.keys(version.parameters).length === 0 ? (
          "–"
        ) : (
          <Json label="Parameters" value={version.parameters} />
        )}
      </td>
      <td data-label="Made">
        <When time={version.created_at} />
      </td>
    </tr>
  );
}

interface NewVersionFormProps {
  id: string;
  /** What the new one begins with. */
  last: Version | undefined;
  onClose: () => void;
}

function NewVersionForm({ id, last, onClose }: NewVersionFormProps) {
  const changed = useChanged();
  const [notes, setNotes] = useState("");
  const [schema, setSchema] = useState(last?.config_schema ? jsonText(last.config_schema) : "");
  const [parameters, setParameters] = useState(last ? jsonText(last.parameters) : "");
  const [unread, setUnread] = useState<{ field: string; reason: string } | null>(null);
  const create = useMutation({
    mutationFn: createVersion,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  const problem = create.isError ? problemFromThrown(create.error) : null;
  const refused = faultOf(problem, ["config_schema", "parameters"]);
  const fault = unread ?? refused;
  const errorOf = (field: string) => (fault?.field === field ? fault.reason : null);
  const place = unread === null && refused?.place ? `${refused.place}: ` : "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const [config_schema, read] = [parseObject(schema), parseObject(parameters)];
    const wrong = [
      { field: "config_schema", reason: config_schema },
      { field: "parameters", reason: read },
    ].find((each): each is { field: string; reason: string } => typeof each.reason === "string");
    setUnread(wrong ?? null);
    if (typeof config_schema === "string" || typeof read === "string") return;
    create.mutate({
      id,
      parameters: read,
      ...(schema.trim() === "" ? {} : { config_schema }),
      ...(notes.trim() === "" ? {} : { notes: notes.trim() }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Notes"
        autoComplete="off"
        value={notes}
        onChange={(event) => setNotes(event.target.value)}
      />
      <TextArea
        label="Schema of configurations"
        hint="JSON Schema. Left empty: a bot’s configuration may be any object."
        error={errorOf("config_schema") && `${place}${errorOf("config_schema")}`}
        rows={8}
        value={schema}
        onText={setSchema}
      />
      <TextArea
        label="Parameters"
        hint="What the strategy itself goes by, as JSON."
        error={errorOf("parameters")}
        rows={4}
        value={parameters}
        onText={setParameters}
      />
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={create.isPending}>
        Make the version
      </button>
    </form>
  );
}

interface DeleteFormProps {
  id: string;
  name: string;
  onClose: () => void;
}

function DeleteForm({ id, name, onClose }: DeleteFormProps) {
  const changed = useChanged();
  const remove = useMutation({
    mutationFn: deleteStrategy,
    onSuccess: async () => {
      navigate("/strategies");
      await changed();
    },
  });
  return (
    <div className="once">
      <p>
        <b>{name}</b> goes with its versions. Its bots go on with the configuration that they have.
      </p>
      <FormProblem problem={remove.isError ? problemFromThrown(remove.error) : null} />
      <div className="buttons">
        <button
          type="button"
          className="button is-danger"
          disabled={remove.isPending}
          onClick={() => remove.mutate(id)}
        >
          Delete it for good
        </button>
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </div>
  );
}
