// The frame of trading: the pages beside the one that is open.
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";

import type { Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { toLogin, useMe } from "../auth/me";
import { useTitle } from "../auth/title";
import { ExplainPage } from "../ledger/ExplainPage";
import { ImportPage } from "../ledger/ImportPage";
import { ImportsPage } from "../ledger/ImportsPage";
import { OrderPage } from "../ledger/OrderPage";
import { OrdersPage } from "../ledger/OrdersPage";
import { PortfolioPage } from "../ledger/PortfolioPage";
import { TradesPage } from "../ledger/TradesPage";
import { PageLink } from "../shell/PageLink";
import { usePath } from "../shell/route";
import { ErrorPanel, NothingPanel } from "../shell/StatePanel";
import { AccountsPage } from "./AccountsPage";
import { BotPage } from "./BotPage";
import { BotsPage } from "./BotsPage";
import { useTradingStream } from "./live";
import { pagesFor, placeOf, type TradingPath } from "./pages";
import { StrategiesPage } from "./StrategiesPage";
import { StrategyPage } from "./StrategyPage";
import { VenueAccountPage } from "./VenueAccountPage";
import { WebhookPage } from "./WebhookPage";
import { WebhooksPage } from "./WebhooksPage";

const ALL: Record<TradingPath, (me: Me) => ReactNode> = {
  "/bots": (me) => <BotsPage me={me} />,
  "/portfolio": () => <PortfolioPage />,
  "/orders": (me) => <OrdersPage me={me} />,
  "/trades": () => <TradesPage />,
  "/explain": () => <ExplainPage />,
  "/accounts": (me) => <AccountsPage me={me} />,
  "/strategies": (me) => <StrategiesPage me={me} />,
  "/webhooks": (me) => <WebhooksPage me={me} />,
  "/imports": (me) => <ImportsPage me={me} />,
};

const ONE: Partial<Record<TradingPath, (me: Me, id: string) => ReactNode>> = {
  "/bots": (me, id) => <BotPage key={id} me={me} id={id} />,
  "/orders": (me, id) => <OrderPage key={id} me={me} id={id} />,
  "/accounts": (me, id) => <VenueAccountPage key={id} me={me} id={id} />,
  "/strategies": (me, id) => <StrategyPage key={id} me={me} id={id} />,
  "/webhooks": (me, id) => <WebhookPage key={id} me={me} id={id} />,
  "/imports": (_, id) => <ImportPage key={id} id={id} />,
};

export function TradingPage() {
  const queryClient = useQueryClient();
  const { data: me, error, refetch } = useMe();
  useEffect(() => {
    if (me === null) toLogin(queryClient);
  }, [me, queryClient]);
  return (
    <main id="main" className="account trading" tabIndex={-1}>
      {me && <Opened me={me} />}
      {me === undefined && error !== null && (
        <ErrorPanel problem={problemFromThrown(error)} onRetry={() => void refetch()} />
      )}
    </main>
  );
}

function Opened({ me }: { me: Me }) {
  const place = placeOf(usePath());
  useTradingStream(me);
  const pages = pagesFor(me);
  const page = pages.find((each) => each.path === place?.page);
  useTitle(page?.label ?? "Trading");
  const id = place?.id ?? null;
  const shown = page && (id === null ? ALL[page.path](me) : ONE[page.path]?.(me, id));
  return (
    <>
      <nav className="account-nav" aria-label="Trading">
        {pages.map((each) => (
          <PageLink key={each.path} to={each.path} current={each === page}>
            {each.label}
          </PageLink>
        ))}
      </nav>
      <div className="account-body">
        {shown ?? (
          <NothingPanel title="There is no such page">
            <p>The address leads nowhere, or your role, {me.user.role}, doesn’t open it.</p>
          </NothingPanel>
        )}
      </div>
    </>
  );
}
