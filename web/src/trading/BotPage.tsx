// One bot: what it is doing, what it came to, what it holds, and what it told of itself.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Me } from "../api/accounts";
import { fetchPerformance } from "../api/performance";
import { problemFromThrown } from "../api/problem";
import type { Bot } from "../api/trading";
import { Listing } from "../auth/Listing";
import { useTitle } from "../auth/title";
import { Amount } from "../ledger/Amount";
import { CurvePanel } from "../ledger/CurvePanel";
import { ORDER_COLUMNS, OrderRow } from "../ledger/OrdersPage";
import { OpenPositions } from "../ledger/OpenPositions";
import { useOrders } from "../ledger/queries";
import { searchHref } from "../ledger/search";
import { Card, Totals } from "../ledger/Totals";
import { TradesChart } from "../ledger/TradesChart";
import { PageLink } from "../shell/PageLink";
import { ErrorPanel } from "../shell/StatePanel";
import { AgoTime } from "./AgoTime";
import { BotActions } from "./BotActions";
import { BotSettings } from "./BotSettings";
import { BotStatus } from "./BotStatus";
import { Heartbeats } from "./Heartbeats";
import { mayWrite } from "./pages";
import { REFRESH_MS, useAllVersions, useBot, useNames } from "./queries";

export function BotPage({ me, id }: { me: Me; id: string }) {
  const bot = useBot(id);
  useTitle(bot.data?.name ?? "Bot");
  if (bot.data === undefined) {
    if (!bot.isError) return <p role="status">The bot is being read…</p>;
    const problem = problemFromThrown(bot.error);
    return <ErrorPanel problem={problem} onRetry={() => void bot.refetch()} />;
  }
  return <Shown me={me} bot={bot.data} />;
}

function Shown({ me, bot }: { me: Me; bot: Bot }) {
  const [open, setOpen] = useState(false);
  const writes = mayWrite(me, "bots");
  return (
    <section className="block is-wide" aria-labelledby="bot-title">
      <header className="block-head">
        <h2 id="bot-title">
          {bot.name} <BotStatus status={bot.status} />
        </h2>
        {writes && (
          <div className="buttons">
            <BotActions bot={bot} />
            <button type="button" className="button" onClick={() => setOpen(true)}>
              Settings
            </button>
          </div>
        )}
      </header>
      {bot.description && <p className="is-muted">{bot.description}</p>}
      <State bot={bot} />
      {me.user.scopes.includes("orders:read") && <Books bot={bot} />}
      <Heartbeats bot={bot.id} />
      {writes && <BotSettings bot={bot} open={open} onClose={() => setOpen(false)} />}
    </section>
  );
}

function State({ bot }: { bot: Bot }) {
  const names = useNames();
  const version = useAllVersions().find(({ version }) => version.id === bot.strategy_version);
  return (
    <dl className="cards">
      <Card label="Account">{names.get(bot.account) ?? bot.account}</Card>
      <Card label="Strategy">{version?.label ?? "none"}</Card>
      <Card label="Heard of">
        <AgoTime time={bot.last_heartbeat} />
      </Card>
      <Card label="Errors">
        {bot.error_count > 0 ? <span className="is-down">{bot.error_count}</span> : 0}
      </Card>
      <Card label="Balance, as it tells">
        <Amount value={bot.balance} places={2} />
      </Card>
      <Card label="Total P&L, as it tells">
        <Amount value={bot.total_pnl} places={2} signed />
      </Card>
      <Card label="Alerts">
        <PageLink to={searchHref("/webhooks", { bot: bot.id })}>its webhooks</PageLink>
      </Card>
    </dl>
  );
}

/** What the ledger has of it. */
function Books({ bot }: { bot: Bot }) {
  const of = { bot: bot.id };
  const figures = useQuery({
    queryKey: ["ledger", "performance", of],
    queryFn: ({ signal }) => fetchPerformance(of, signal),
    refetchInterval: 5 * REFRESH_MS,
  });
  const orders = useOrders(of, 10);
  return (
    <>
      <CurvePanel of={of} label="Equity and drawdown" />
      <Totals query={figures} title="Closed trades" explainHref={searchHref("/explain", of)} />
      <h3>Open positions</h3>
      <OpenPositions of={of} />
      <TradesChart bot={bot.id} />
      <header className="block-head">
        <h3>Orders</h3>
        <PageLink to={searchHref("/orders", of)}>All of its orders</PageLink>
      </header>
      <Listing query={orders} label="Orders" columns={ORDER_COLUMNS} empty="It has no order yet.">
        {orders.data?.pages[0]?.orders.map((order) => (
          <OrderRow key={order.id} order={order} />
        ))}
      </Listing>
    </>
  );
}
