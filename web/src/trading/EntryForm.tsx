// What came into an account or went out of it.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { tellEntry } from "../api/ledger";
import { problemFromThrown } from "../api/problem";
import type { VenueAccount } from "../api/trading";
import { Field, FormProblem, SelectField } from "../auth/form";
import { faultOf } from "./fault";
import { useChanged } from "./queries";

const FIELDS = ["amount", "asset"] as const;

interface EntryFormProps {
  account: VenueAccount;
  onClose: () => void;
}

export function EntryForm({ account, onClose }: EntryFormProps) {
  const changed = useChanged();
  // The same for every try, so that one which was done without an answer isn't done twice.
  const [id] = useState(() => `page:${crypto.randomUUID()}`);
  const [kind, setKind] = useState<"deposited" | "withdrawn">("deposited");
  const [asset, setAsset] = useState("USDT");
  const [amount, setAmount] = useState("");
  const [time] = useState(() => new Date().toISOString());
  const tell = useMutation({
    mutationFn: tellEntry,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  const problem = tell.isError ? problemFromThrown(tell.error) : null;
  const fault = faultOf(problem, FIELDS);
  const errorOf = (field: string) => (fault?.field === field ? fault.reason : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const what = { kind, asset: asset.trim(), amount: amount.trim() };
    tell.mutate({ account: account.id, id, time, ...what });
  };
  return (
    <form onSubmit={submit}>
      <p>
        Account: <b>{account.name}</b>
      </p>
      <SelectField
        label="What happened"
        value={kind}
        onValue={(value) => setKind(value === "withdrawn" ? value : "deposited")}
      >
        <option value="deposited">Deposit</option>
        <option value="withdrawn">Withdrawal</option>
      </SelectField>
      <Field
        label="Amount"
        error={errorOf("amount")}
        inputMode="decimal"
        autoComplete="off"
        pattern="[0-9]+([.][0-9]+)?"
        title="A number such as 1000 or 0.25"
        required
        value={amount}
        onChange={(event) => setAmount(event.target.value)}
      />
      <Field
        label="Asset"
        error={errorOf("asset")}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        required
        value={asset}
        onChange={(event) => setAsset(event.target.value)}
      />
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={tell.isPending}>
        Record it
      </button>
    </form>
  );
}
