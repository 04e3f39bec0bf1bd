// A new account at a venue: one whose orders are filled here, or one that others trade on.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { problemFromThrown } from "../api/problem";
import { createAccount } from "../api/trading";
import { Field, FormProblem, PasswordField, SelectField } from "../auth/form";
import { useSymbols } from "../market/symbols";
import { faultOf } from "./fault";
import { useChanged } from "./queries";

const FIELDS = ["name", "venue"] as const;

export function NewAccountForm({ onClose }: { onClose: () => void }) {
  const changed = useChanged();
  const venues = [...new Set(useSymbols().data?.map(({ venue }) => venue))].sort();
  const [name, setName] = useState("");
  const [kind, setKind] = useState("paper");
  const [venue, setVenue] = useState("");
  const [credentials, setCredentials] = useState({ key: "", secret: "" });
  const create = useMutation({
    mutationFn: createAccount,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  const problem = create.isError ? problemFromThrown(create.error) : null;
  const fault = faultOf(problem, FIELDS);
  const errorOf = (field: string) => (fault?.field === field ? fault.reason : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = kind === "external" && credentials.key !== "" ? { credentials } : {};
    create.mutate({ name: name.trim(), kind, venue: venue.trim(), ...given });
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
      <SelectField label="Kind" value={kind} onValue={setKind}>
        <option value="paper">paper: its orders are filled here</option>
        <option value="external">external: others trade on it, and report</option>
      </SelectField>
      <Field
        label="Venue"
        hint="As its symbols begin, such as: binance."
        error={errorOf("venue")}
        list="venues"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        required
        value={venue}
        onChange={(event) => setVenue(event.target.value)}
      />
      <datalist id="venues">
        {venues.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      {kind === "external" && <Credentials given={credentials} onGiven={setCredentials} />}
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={create.isPending}>
        Make the account
      </button>
    </form>
  );
}

interface CredentialsProps {
  given: { key: string; secret: string };
  onGiven: (given: { key: string; secret: string }) => void;
}

/** What the venue gave out; may be left out. */
function Credentials({ given, onGiven }: CredentialsProps) {
  return (
    <>
      <Field
        label="Key at the venue"
        hint="Needed only where orders are to be sent to it. Kept encrypted."
        autoComplete="off"
        spellCheck={false}
        value={given.key}
        onChange={(event) => onGiven({ ...given, key: event.target.value })}
      />
      {given.key !== "" && (
        <PasswordField
          label="Secret of the key"
          autoComplete="off"
          value={given.secret}
          onChange={(event) => onGiven({ ...given, secret: event.target.value })}
        />
      )}
    </>
  );
}
