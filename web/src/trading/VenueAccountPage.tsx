// One account at a venue: what it has, and the keys of programs that trade on it.
import type { Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import type { VenueAccount } from "../api/trading";
import { useTitle } from "../auth/title";
import { When } from "../auth/When";
import { searchHref } from "../ledger/search";
import { PageLink } from "../shell/PageLink";
import { ErrorPanel, NothingPanel } from "../shell/StatePanel";
import { Balances } from "./Balances";
import { mayWrite } from "./pages";
import { useAccounts } from "./queries";
import { SigningKeys } from "./SigningKeys";

export function VenueAccountPage({ me, id }: { me: Me; id: string }) {
  const accounts = useAccounts();
  const account = accounts.data?.find((each) => each.id === id);
  useTitle(account?.name ?? "Account");
  if (account !== undefined) return <Shown me={me} account={account} />;
  if (accounts.isPending) return <p role="status">The account is being read…</p>;
  if (accounts.isError) {
    const problem = problemFromThrown(accounts.error);
    return <ErrorPanel problem={problem} onRetry={() => void accounts.refetch()} />;
  }
  return (
    <NothingPanel title="There is no such account">
      <PageLink to="/accounts">To the accounts</PageLink>
    </NothingPanel>
  );
}

function Shown({ me, account }: { me: Me; account: VenueAccount }) {
  const readsBooks = me.user.scopes.includes("orders:read");
  return (
    <section className="block is-wide" aria-labelledby="account-title">
      <h2 id="account-title">{account.name}</h2>
      <dl className="facts">
        <dt>Kind</dt>
        <dd>{account.kind}</dd>
        <dt>Venue</dt>
        <dd>{account.venue}</dd>
        {readsBooks && (
          <>
            <dt>Balances</dt>
            <dd>
              <Balances account={account.id} />
            </dd>
            <dt>Its books</dt>
            <dd>
              <PageLink to={searchHref("/orders", { account: account.id })}>orders</PageLink>,{" "}
              <PageLink to={searchHref("/trades", { account: account.id })}>trades</PageLink>
            </dd>
          </>
        )}
        {account.archived_at !== null && (
          <>
            <dt>Archived</dt>
            <dd>
              <When time={account.archived_at} />
            </dd>
          </>
        )}
      </dl>
      <Keys me={me} account={account} />
    </section>
  );
}

/** Only where programs may sign. */
function Keys({ me, account }: { me: Me; account: VenueAccount }) {
  if (account.kind !== "paper") {
    return (
      <p className="is-muted">
        Signing keys, by which programs made for Binance trade here, are for paper accounts.
      </p>
    );
  }
  if (account.archived_at !== null) return null;
  const [makes, revokes] = [mayWrite(me, "orders"), mayWrite(me, "bots")];
  return <SigningKeys account={account} makes={makes} revokes={revokes} />;
}
