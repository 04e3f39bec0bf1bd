// What came to a webhook, the newest first, and what became of it.
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";

import { problemFromThrown } from "../api/problem";
import { type Alert, fetchAlerts, retryAlert, type Webhook } from "../api/webhooks";
import { FormProblem } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { More } from "../ledger/More";
import { words } from "../ledger/order";
import { PageLink } from "../shell/PageLink";
import { REFRESH_MS, useChanged } from "./queries";

interface AlertsProps {
  hook: Webhook;
  /** Whether an alert may be tried again. */
  writes: boolean;
  /** Whether the way to an order is open. */
  reads: boolean;
}

export function Alerts({ hook, writes, reads }: AlertsProps) {
  const found = useInfiniteQuery({
    queryKey: ["trading", "alerts", hook.id],
    queryFn: ({ pageParam, signal }) => fetchAlerts(hook, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    // The stream tells nothing of what is refused.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : REFRESH_MS),
  });
  const alerts = found.data?.pages.flatMap((page) => page.alerts);
  return (
    <>
      <h3>What came</h3>
      <p className="is-muted">
        Kept for 90 days. What comes with another secret is refused and not listed.
      </p>
      <Listing
        query={found}
        label="Alerts"
        columns={["When", "Became", "Order", "From", "Alert", ...(writes ? [""] : [])]}
        empty="Nothing has come yet. Tell TradingView the address and the message above."
      >
        {alerts?.map((alert) => (
          <AlertRow key={alert.id} hook={hook} alert={alert} writes={writes} reads={reads} />
        ))}
      </Listing>
      <More query={found}>Older alerts</More>
    </>
  );
}

const LOOK: Record<string, string> = { placed: "tag is-good", refused: "tag is-bad" };

function AlertRow({ hook, alert, writes, reads }: AlertsProps & { alert: Alert }) {
  const { order, outcome, code, reason } = alert;
  return (
    <tr>
      <th scope="row">
        <When time={alert.received_at} />
      </th>
      <td data-label="Became">
        <span>
          <span className={LOOK[outcome] ?? "tag"}>{outcome}</span> {reason}
        </span>
        {code !== null && <small>{words(code)}</small>}
      </td>
      <td data-label="Order">
        {order === null && <span className="is-faint">none</span>}
        {order !== null && reads && <PageLink to={`/orders/${order}`}>the&nbsp;order</PageLink>}
        {order !== null && !reads && "one"}
        {alert.order_status !== null && <small>{words(alert.order_status)}</small>}
      </td>
      <td data-label="From">
        {alert.ip ?? <span className="is-faint">unknown</span>}
        {alert.user_agent !== null && <small>{alert.user_agent}</small>}
      </td>
      <td data-label="Alert">
        <details className="json">
          <summary>As it came</summary>
          <pre tabIndex={0}>
            <code>{alert.body}</code>
          </pre>
          {alert.content_type !== null && <small>{alert.content_type}</small>}
        </details>
      </td>
      {writes && (
        <td className="row-action">{order === null && <Retry hook={hook} alert={alert} />}</td>
      )}
    </tr>
  );
}

function Retry({ hook, alert }: { hook: Webhook; alert: Alert }) {
  const changed = useChanged();
  const retry = useMutation({ mutationFn: retryAlert, onSettled: changed });
  return (
    <>
      <button
        type="button"
        className="button is-small"
        aria-label={`Try the alert of ${alert.received_at} again`}
        disabled={retry.isPending}
        onClick={() => retry.mutate({ hook, alert: alert.id })}
      >
        Try again
      </button>
      <FormProblem problem={retry.isError ? problemFromThrown(retry.error) : null} />
    </>
  );
}
