// One's keys for programs: which there are, a new one, and the end of one.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { fetchKeys, type Key, type Me, revokeKey } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { Modal } from "../shell/Modal";
import { FormProblem } from "./form";
import { Listing } from "./Listing";
import { NewKeyForm } from "./NewKeyForm";
import { When } from "./When";

const KEY = ["keys"];

export function KeysPage({ me }: { me: Me }) {
  const queryClient = useQueryClient();
  const keys = useQuery({ queryKey: KEY, queryFn: ({ signal }) => fetchKeys(signal) });
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<Key | null>(null);
  const changed = () => queryClient.invalidateQueries({ queryKey: KEY });
  return (
    <section className="block is-wide" aria-labelledby="keys-title">
      <header className="block-head">
        <h2 id="keys-title">API keys</h2>
        <button type="button" className="button is-main" onClick={() => setMaking(true)}>
          New key
        </button>
      </header>
      <p className="is-muted">
        For programs, in place of your password. A key may no more than its scopes and never more
        than you.
      </p>
      <Listing
        query={keys}
        label="API keys"
        columns={["Key", "Scopes", "From", "Ends", "Last used", ""]}
        empty="You have no keys."
      >
        {keys.data?.map((key) => (
          <KeyRow key={key.id} of={key} onEnd={() => setEnding(key)} />
        ))}
      </Listing>
      <Modal kind="dialog" label="New key" open={making} onClose={() => setMaking(false)}>
        <NewKeyForm me={me} onMade={changed} onClose={() => setMaking(false)} />
      </Modal>
      <Modal
        kind="dialog"
        label="Revoke key"
        open={ending !== null}
        onClose={() => setEnding(null)}
      >
        {ending && <RevokeForm of={ending} onRevoked={changed} onClose={() => setEnding(null)} />}
      </Modal>
    </section>
  );
}

function KeyRow({ of: key, onEnd }: { of: Key; onEnd: () => void }) {
  return (
    <tr>
      <th scope="row">
        <span>{key.name}</span>
        <small>
          <code>{key.beginning}…</code>
        </small>
      </th>
      <td data-label="Scopes">{key.scopes.join(", ")}</td>
      <td data-label="From">
        {key.addresses.length === 0 ? "anywhere" : key.addresses.join(", ")}
      </td>
      <td data-label="Ends">
        <When time={key.expires_at} />
      </td>
      <td data-label="Last used">
        <span>
          <When time={key.last_used_at} />
        </span>
        {key.last_used_ip !== null && <small>{key.last_used_ip}</small>}
      </td>
      <td className="row-action">
        <button
          type="button"
          className="button is-small"
          aria-label={`Revoke ${key.name}`}
          onClick={onEnd}
        >
          Revoke
        </button>
      </td>
    </tr>
  );
}

interface RevokeFormProps {
  of: Key;
  onRevoked: () => Promise<void>;
  onClose: () => void;
}

function RevokeForm({ of: key, onRevoked, onClose }: RevokeFormProps) {
  const revoke = useMutation({
    mutationFn: revokeKey,
    onSuccess: async () => {
      await onRevoked();
      onClose();
    },
  });
  return (
    <div className="once">
      <p>
        Whatever uses <b>{key.name}</b> is refused from then on. This can’t be undone.
      </p>
      <FormProblem problem={revoke.isError ? problemFromThrown(revoke.error) : null} />
      <div className="buttons">
        <button
          type="button"
          className="button is-danger"
          disabled={revoke.isPending}
          onClick={() => revoke.mutate(key.id)}
        >
          Revoke
        </button>
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </div>
  );
}
