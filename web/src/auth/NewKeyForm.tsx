// A new key: what for, what it may, from where and how long. It is shown once.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { createKey, type Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { Field, FormProblem, SelectField } from "./form";
import { endAfter, LIVES, listed, scopesForKeys } from "./keys";
import { Once } from "./Once";

interface NewKeyFormProps {
  me: Me;
  onMade: () => void;
  onClose: () => void;
}

export function NewKeyForm({ me, onMade, onClose }: NewKeyFormProps) {
  const offered = scopesForKeys(me.user.scopes);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState(["market:read"]);
  const [addresses, setAddresses] = useState("");
  const [days, setDays] = useState("90");
  const make = useMutation({ mutationFn: createKey, onSuccess: onMade });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const end = endAfter(days, Date.now());
    const ends = end === null ? {} : { expires_at: end };
    make.mutate({ name: name.trim(), scopes, addresses: listed(addresses), ...ends });
  };
  if (make.isSuccess) {
    return (
      <Once
        title={`${make.data.name}: the key is made.`}
        note="Copy it now; it is not shown again."
        label="Key"
        value={make.data.key}
        onClose={onClose}
      />
    );
  }
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        hint="What it is for, such as: freqtrade on the desk."
        autoComplete="off"
        maxLength={100}
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <ScopeChoice offered={offered} chosen={scopes} onChosen={setScopes} />
      <SelectField label="Ends" value={days} onValue={setDays}>
        {LIVES.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <Field
        label="Allowed addresses"
        hint="Such as 192.0.2.7, 10.0.0.0/8. Left empty: from anywhere."
        autoComplete="off"
        spellCheck={false}
        value={addresses}
        onChange={(event) => setAddresses(event.target.value)}
      />
      <FormProblem problem={make.isError ? problemFromThrown(make.error) : null} />
      <button type="submit" className="button is-main" disabled={make.isPending}>
        Make the key
      </button>
    </form>
  );
}

interface ScopeChoiceProps {
  offered: string[];
  chosen: string[];
  onChosen: (scopes: string[]) => void;
}

function ScopeChoice({ offered, chosen, onChosen }: ScopeChoiceProps) {
  return (
    <fieldset className="checks">
      <legend>Scopes</legend>
      {offered.map((scope) => (
        <label key={scope}>
          <input
            type="checkbox"
            checked={chosen.includes(scope)}
            onChange={(event) =>
              onChosen(
                event.target.checked
                  ? [...chosen, scope]
                  : chosen.filter((other) => other !== scope),
              )
            }
          />
          {scope}
        </label>
      ))}
    </fieldset>
  );
}
