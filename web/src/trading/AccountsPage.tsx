// One's accounts at venues: what each has, what came in and went out, and a new one.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import type { Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { archiveAccount, type VenueAccount } from "../api/trading";
import { FormProblem } from "../auth/form";
import { Listing } from "../auth/Listing";
import { Modal } from "../shell/Modal";
import { PageLink } from "../shell/PageLink";
import { Balances } from "./Balances";
import { EntryForm } from "./EntryForm";
import { NewAccountForm } from "./NewAccountForm";
import { mayWrite } from "./pages";
import { useAccounts, useChanged } from "./queries";

type Opened = { what: "new" } | { what: "entry" | "archive"; account: VenueAccount } | null;

export function AccountsPage({ me }: { me: Me }) {
  const accounts = useAccounts();
  const [open, setOpen] = useState<Opened>(null);
  const close = () => setOpen(null);
  const writes = mayWrite(me, "bots");
  const tells = mayWrite(me, "orders");
  const readsBalances = me.user.scopes.includes("orders:read");
  return (
    <section className="block is-wide" aria-labelledby="accounts-title">
      <header className="block-head">
        <h2 id="accounts-title">Accounts</h2>
        {writes && (
          <button type="button" className="button is-main" onClick={() => setOpen({ what: "new" })}>
            New account
          </button>
        )}
      </header>
      <p className="is-muted">
        Orders of a paper account are filled here, from live or replayed trades. On an external one
        others trade, and report what they do.
      </p>
      <Listing
        query={accounts}
        label="Accounts"
        columns={["Account", "Kind", "Venue", "Balances", ...(writes || tells ? [""] : [])]}
        empty="There is no account yet. Bots and orders need one."
      >
        {accounts.data?.map((account) => (
          <tr key={account.id} className={account.archived_at === null ? undefined : "is-off"}>
            <th scope="row">
              <PageLink to={`/accounts/${account.id}`} className="row-link">
                {account.name}
              </PageLink>
              {account.archived_at !== null && <small>archived</small>}
              {account.key_beginning !== null && (
                <small>
                  key <code>{account.key_beginning}…</code>
                </small>
              )}
            </th>
            <td data-label="Kind">{account.kind}</td>
            <td data-label="Venue">{account.venue}</td>
            <td data-label="Balances">{readsBalances ? <Balances account={account.id} /> : "–"}</td>
            {(writes || tells) && (
              <td className="row-action">
                <Actions account={account} writes={writes} tells={tells} onOpen={setOpen} />
              </td>
            )}
          </tr>
        ))}
      </Listing>
      <Modal kind="dialog" label="New account" open={open?.what === "new"} onClose={close}>
        <NewAccountForm onClose={close} />
      </Modal>
      <Modal
        kind="dialog"
        label="Deposit or withdrawal"
        open={open?.what === "entry"}
        onClose={close}
      >
        {open?.what === "entry" && <EntryForm account={open.account} onClose={close} />}
      </Modal>
      <Modal kind="dialog" label="Archive account" open={open?.what === "archive"} onClose={close}>
        {open?.what === "archive" && <ArchiveForm account={open.account} onClose={close} />}
      </Modal>
    </section>
  );
}

interface ActionsProps {
  account: VenueAccount;
  writes: boolean;
  tells: boolean;
  onOpen: (open: Opened) => void;
}

function Actions({ account, writes, tells, onOpen }: ActionsProps) {
  if (account.archived_at !== null) return null;
  return (
    <div className="bot-actions">
      {tells && (
        <button
          type="button"
          className="button is-small"
          aria-label={`Deposit or withdraw: ${account.name}`}
          onClick={() => onOpen({ what: "entry", account })}
        >
          Deposit…
        </button>
      )}
      {writes && (
        <button
          type="button"
          className="button is-small"
          aria-label={`Archive ${account.name}`}
          onClick={() => onOpen({ what: "archive", account })}
        >
          Archive…
        </button>
      )}
    </div>
  );
}

function ArchiveForm({ account, onClose }: { account: VenueAccount; onClose: () => void }) {
  const changed = useChanged();
  const archive = useMutation({
    mutationFn: archiveAccount,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  return (
    <div className="once">
      <p>
        Nothing more is done on <b>{account.name}</b>, and its bots can’t be started. Its books
        stay. This can’t be undone.
      </p>
      <FormProblem problem={archive.isError ? problemFromThrown(archive.error) : null} />
      <div className="buttons">
        <button
          type="button"
          className="button is-danger"
          disabled={archive.isPending}
          onClick={() => archive.mutate(account.id)}
        >
          Archive it
        </button>
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </div>
  );
}
