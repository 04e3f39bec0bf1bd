// A new bot: on which account, by which version of a strategy, with which configuration.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { problemFromThrown } from "../api/problem";
import { createBot, type Template, type VenueAccount } from "../api/trading";
import { Field, FormProblem, SelectField } from "../auth/form";
import { PageLink } from "../shell/PageLink";
import { navigate } from "../shell/route";
import { ConfigForm, NO_CONFIG, readDraft } from "./ConfigForm";
import { faultOf } from "./fault";
import { type NamedVersion, useAccounts, useAllVersions, useChanged } from "./queries";
import { draftOf, schemaOf } from "./template";

const FIELDS = ["name", "config", "silent_after_s"] as const;
const NOT_JSON = { field: "config", place: "" };

interface NewBotFormProps {
  /** What its configuration begins with. */
  template?: Template;
  onClose: () => void;
}

export function NewBotForm({ template, onClose }: NewBotFormProps) {
  const accounts = useAccounts().data?.filter(({ archived_at }) => archived_at === null);
  if (accounts === undefined) return <p role="status">Accounts are being read…</p>;
  const [first] = accounts;
  if (first === undefined) {
    return (
      <p>
        A bot trades on an account.{" "}
        <PageLink to="/accounts" onFollow={onClose}>
          Make one first.
        </PageLink>
      </p>
    );
  }
  return <Filled accounts={accounts} first={first} template={template} onClose={onClose} />;
}

interface FilledProps {
  accounts: VenueAccount[];
  first: VenueAccount;
  template: Template | undefined;
  onClose: () => void;
}

function Filled({ accounts, first, template, onClose }: FilledProps) {
  const versions = useAllVersions();
  const [name, setName] = useState("");
  const [accountId, setAccount] = useState(first.id);
  const [live, setLive] = useState(false);
  const [versionId, setVersion] = useState("");
  const [config, setConfig] = useState(() => draftOf(schemaOf(template)));
  const [silent, setSilent] = useState("60");
  const [unread, setUnread] = useState<string | null>(null);
  const create = useCreate(onClose);
  const external = accounts.find(({ id }) => id === accountId)?.kind === "external";
  const followed = versions.find(({ version }) => version.id === versionId)?.version;
  const schema = followed ? followed.config_schema : schemaOf(template);
  const problem = create.isError ? problemFromThrown(create.error) : null;
  const fault = unread === null ? faultOf(problem, FIELDS) : { ...NOT_JSON, reason: unread };
  const errorOf = (field: string) => (fault?.field === field ? fault.reason : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = readDraft(schema, config);
    setUnread(typeof read === "string" ? read : null);
    if (typeof read === "string") return;
    create.mutate({
      name: name.trim(),
      account: accountId,
      type: external && live ? "live" : "paper",
      config: read,
      ...(versionId === "" ? {} : { strategy_version: versionId }),
      ...(silent === "" ? {} : { silent_after_s: Number(silent) }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        error={errorOf("name")}
        autoComplete="off"
        maxLength={64}
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Where accounts={accounts} account={accountId} onAccount={setAccount} />
      {external && <TypeField live={live} onLive={setLive} />}
      <StrategyField
        versions={versions}
        value={versionId}
        onValue={(id) => {
          setVersion(id);
          setConfig(id === "" ? draftOf(schemaOf(template)) : NO_CONFIG);
        }}
      />
      <ConfigForm
        key={versionId}
        schema={schema}
        draft={config}
        onDraft={setConfig}
        fault={fault?.field === "config" ? fault : null}
      />
      <SilentField value={silent} onText={setSilent} error={errorOf("silent_after_s")} />
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={create.isPending}>
        Make the bot
      </button>
    </form>
  );
}

function useCreate(onClose: () => void) {
  const changed = useChanged();
  return useMutation({
    mutationFn: createBot,
    onSuccess: async (bot) => {
      await changed();
      onClose();
      navigate(`/bots/${bot.id}`);
    },
  });
}

interface WhereProps {
  accounts: VenueAccount[];
  account: string;
  onAccount: (id: string) => void;
}

function Where({ accounts, account, onAccount }: WhereProps) {
  return (
    <SelectField label="Account" value={account} onValue={onAccount}>
      {accounts.map(({ id, name, kind, venue }) => (
        <option key={id} value={id}>
          {name} ({kind}, {venue})
        </option>
      ))}
    </SelectField>
  );
}

interface StrategyFieldProps {
  versions: NamedVersion[];
  value: string;
  onValue: (id: string) => void;
}

function StrategyField({ versions, value, onValue }: StrategyFieldProps) {
  return (
    <SelectField label="Strategy" value={value} onValue={onValue}>
      <option value="">none</option>
      {versions.map(({ version, label }) => (
        <option key={version.id} value={version.id}>
          {label}
        </option>
      ))}
    </SelectField>
  );
}

function TypeField({ live, onLive }: { live: boolean; onLive: (live: boolean) => void }) {
  return (
    <SelectField
      label="Type"
      value={live ? "live" : "paper"}
      onValue={(type) => onLive(type === "live")}
    >
      <option value="paper">paper: it tries things out</option>
      <option value="live">live: its orders reach the venue</option>
    </SelectField>
  );
}

interface SilentFieldProps {
  value: string;
  error: string | null;
  onText: (text: string) => void;
}

function SilentField({ value, error, onText }: SilentFieldProps) {
  return (
    <Field
      label="Silent after, s"
      hint="Without a heartbeat for so long it is called silent."
      error={error}
      type="number"
      min={5}
      max={86_400}
      value={value}
      onChange={(event) => onText(event.target.value)}
    />
  );
}
