// The keys by which programs made for Binance trade on a paper account, and what they are told.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { problemFromThrown } from "../api/problem";
import {
  createSigningKey,
  fetchSigningKeys,
  revokeSigningKey,
  type SigningKey,
} from "../api/signing";
import type { VenueAccount } from "../api/trading";
import { Field, FormProblem } from "../auth/form";
import { Listing } from "../auth/Listing";
import { Once } from "../auth/Once";
import { When } from "../auth/When";
import { CopyText } from "../shell/CopyText";
import { Modal } from "../shell/Modal";
import { baseUrl, ccxtText, pythonBinanceText } from "./clients";
import { faultOf } from "./fault";
import { useChanged } from "./queries";

interface SigningKeysProps {
  account: VenueAccount;
  makes: boolean;
  revokes: boolean;
}

export function SigningKeys({ account, makes, revokes }: SigningKeysProps) {
  const keys = useQuery({
    queryKey: ["trading", "signing-keys", account.id],
    queryFn: ({ signal }) => fetchSigningKeys(account.id, signal),
  });
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<SigningKey | null>(null);
  const close = () => setMaking(false);
  return (
    <>
      <header className="block-head">
        <h3>Signing keys</h3>
        {makes && (
          <button type="button" className="button is-main" onClick={() => setMaking(true)}>
            New signing key
          </button>
        )}
      </header>
      <p className="is-muted">
        Programs made for Binance, such as ccxt and python-binance, trade on this account with a key
        of their own. It opens nothing else. Their symbols are those of {account.venue}.
      </p>
      <Listing
        query={keys}
        label="Signing keys"
        columns={["Key", "Made", "Last used", ...(revokes ? [""] : [])]}
        empty="There is no signing key yet. Make one for each program."
      >
        {keys.data?.map((key) => (
          <KeyRow key={key.id} of={key} onEnd={revokes ? () => setEnding(key) : null} />
        ))}
      </Listing>
      <details className="json copy-details">
        <summary>What to tell the program</summary>
        <div className="once">
          <ForPrograms />
        </div>
      </details>
      <Modal kind="dialog" label="New signing key" open={making} onClose={close}>
        <NewSigningKeyForm account={account} onClose={close} />
      </Modal>
      <Modal
        kind="dialog"
        label="Revoke signing key"
        open={ending !== null}
        onClose={() => setEnding(null)}
      >
        {ending && <RevokeForm of={ending} onClose={() => setEnding(null)} />}
      </Modal>
    </>
  );
}

function KeyRow({ of: key, onEnd }: { of: SigningKey; onEnd: (() => void) | null }) {
  return (
    <tr>
      <th scope="row">
        <span>{key.name}</span>
        <small>
          <code>{key.beginning}…</code>
        </small>
      </th>
      <td data-label="Made">
        <When time={key.created_at} />
      </td>
      <td data-label="Last used">
        <When time={key.last_used_at} />
        {key.last_used_ip !== null && <small>{key.last_used_ip}</small>}
      </td>
      {onEnd && (
        <td className="row-action">
          <button
            type="button"
            className="button is-small"
            aria-label={`Revoke ${key.name}`}
            onClick={onEnd}
          >
            Revoke…
          </button>
        </td>
      )}
    </tr>
  );
}

interface ForProgramsProps {
  /** Shown once; later something stands in its place. */
  made?: { apiKey: string; secret: string };
}

/** The address, and the lines of the programs that are used most. */
function ForPrograms({ made }: ForProgramsProps) {
  const { origin } = location;
  return (
    <>
      <CopyText
        label="Base URL"
        hint="In the place of https://api.binance.com; /api/v3 follows."
        value={baseUrl(origin)}
      />
      <CopyText label="ccxt" value={ccxtText(origin, made)} />
      <CopyText label="python-binance" value={pythonBinanceText(origin, made)} />
    </>
  );
}

function NewSigningKeyForm({ account, onClose }: { account: VenueAccount; onClose: () => void }) {
  const changed = useChanged();
  const [name, setName] = useState("");
  const make = useMutation({ mutationFn: createSigningKey, onSuccess: () => void changed() });
  const problem = make.isError ? problemFromThrown(make.error) : null;
  const fault = faultOf(problem, ["name"]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate({ account: account.id, name: name.trim() });
  };
  if (make.isSuccess) {
    const { api_key: apiKey, secret } = make.data;
    return (
      <Once
        title={`${make.data.name}: the key is made.`}
        note="Copy key and secret now; they are not shown again."
        label="Key"
        value={apiKey}
        onClose={onClose}
      >
        <CopyText label="Secret" value={secret} />
        <ForPrograms made={{ apiKey, secret }} />
      </Once>
    );
  }
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        hint="What program it is for, such as: freqtrade."
        error={fault?.reason}
        autoComplete="off"
        maxLength={64}
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={make.isPending}>
        Make the key
      </button>
    </form>
  );
}

function RevokeForm({ of: key, onClose }: { of: SigningKey; onClose: () => void }) {
  const changed = useChanged();
  const revoke = useMutation({
    mutationFn: revokeSigningKey,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  return (
    <div className="once">
      <p>
        <b>{key.name}</b> opens nothing from then on. Its orders stay. This can’t be undone.
      </p>
      <FormProblem problem={revoke.isError ? problemFromThrown(revoke.error) : null} />
      <div className="buttons">
        <button
          type="button"
          className="button is-danger"
          disabled={revoke.isPending}
          onClick={() => revoke.mutate(key)}
        >
          Revoke it
        </button>
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </div>
  );
}
