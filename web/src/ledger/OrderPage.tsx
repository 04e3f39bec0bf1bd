// One order with its fills; what may still be changed about it.
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import type { Me } from "../api/accounts";
import { amendOrder, cancelOrder, type Fill, fetchOrder, fetchOrderFills } from "../api/ledger";
import type { Order } from "../api/ledger";
import { problemFromThrown } from "../api/problem";
import { FormProblem } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { formatDecimal, sum } from "../market/decimal";
import { Modal } from "../shell/Modal";
import { PageLink } from "../shell/PageLink";
import { ErrorPanel } from "../shell/StatePanel";
import { jsonText } from "../trading/config";
import { faultOf } from "../trading/fault";
import { useRefreshMs } from "../trading/live";
import { mayWrite } from "../trading/pages";
import { useChanged, useNames } from "../trading/queries";
import { canAmend, canCancel, tagsOf, termsOf, words } from "./order";
import { NumberField } from "./NewOrderForm";
import { OrderEvents } from "./OrderEvents";
import { Prices, Side, Wanted } from "./OrdersPage";
import { OrderStatus } from "./OrderStatus";
import { useQuoteOf } from "./queries";
import { searchHref } from "./search";

export function OrderPage({ me, id }: { me: Me; id: string }) {
  const refetchInterval = useRefreshMs();
  const order = useQuery({
    queryKey: ["ledger", "order", id],
    queryFn: ({ signal }) => fetchOrder(id, signal),
    refetchInterval,
  });
  if (order.data === undefined) {
    if (!order.isError) return <p role="status">The order is being read…</p>;
    const problem = problemFromThrown(order.error);
    return <ErrorPanel problem={problem} onRetry={() => void order.refetch()} />;
  }
  return <Shown order={order.data} writes={mayWrite(me, "orders")} />;
}

function Shown({ order, writes }: { order: Order; writes: boolean }) {
  const changed = useChanged();
  const [amending, setAmending] = useState(false);
  const cancel = useMutation({ mutationFn: cancelOrder, onSettled: changed });
  return (
    <section className="block is-wide" aria-labelledby="order-title">
      <header className="block-head">
        <h2 id="order-title">
          <Side side={order.side} /> {words(order.kind)} {order.symbol}{" "}
          <OrderStatus status={order.status} />
        </h2>
        {writes && (
          <div className="buttons">
            {canAmend(order.status) && order.kind !== "market" && (
              <button type="button" className="button" onClick={() => setAmending(true)}>
                Amend
              </button>
            )}
            {canCancel(order.status) && (
              <button
                type="button"
                className="button is-danger"
                disabled={cancel.isPending}
                onClick={() => cancel.mutate(order.id)}
              >
                Cancel the order
              </button>
            )}
          </div>
        )}
      </header>
      <FormProblem problem={cancel.isError ? problemFromThrown(cancel.error) : null} />
      <Facts order={order} />
      <Fills order={order} />
      <OrderEvents order={order} />
      {Object.keys(order.exchange_metadata).length > 0 && (
        <details className="json">
          <summary>What the venue says of it</summary>
          <pre tabIndex={0}>
            <code>{jsonText(order.exchange_metadata)}</code>
          </pre>
        </details>
      )}
      <Modal kind="dialog" label="Amend order" open={amending} onClose={() => setAmending(false)}>
        <AmendForm order={order} onClose={() => setAmending(false)} />
      </Modal>
    </section>
  );
}

function Facts({ order }: { order: Order }) {
  const names = useNames();
  const around = searchHref("/orders", { account: order.account, symbol: order.symbol });
  return (
    <dl className="facts is-columns">
      <dt>Account</dt>
      <dd>{names.get(order.account) ?? order.account}</dd>
      <dt>Bot</dt>
      <dd>
        {order.bot === null ? (
          "none"
        ) : (
          <PageLink to={`/bots/${order.bot}`}>{names.get(order.bot) ?? order.bot}</PageLink>
        )}
      </dd>
      <dt>Quantity</dt>
      <dd>
        <Wanted order={order} />
      </dd>
      <dt>Price</dt>
      <dd>
        <Prices order={order} />
      </dd>
      <dt>Filled</dt>
      <dd>
        {formatDecimal(order.filled)} for {formatDecimal(order.filled_quote)}
      </dd>
      {order.reason !== null && (
        <>
          <dt>{order.status === "rejected" ? "Rejected" : "Cancelled"}</dt>
          <dd>
            {order.reason}
            {order.reject_code !== null && <small>{order.reject_code}</small>}
          </dd>
        </>
      )}
      <dt>Terms</dt>
      <dd>{termsOf(order)}</dd>
      <dt>Strategy</dt>
      <dd>{tagsOf(order) || "none"}</dd>
      <dt>Placed</dt>
      <dd>
        <When time={order.placed_at} />
      </dd>
      <dt>Changed</dt>
      <dd>
        <When time={order.updated_at} />, after {order.version}{" "}
        {order.version === 1 ? "event" : "events"}
      </dd>
      <dt>Its name</dt>
      <dd>
        <code>{order.client_order_id}</code>
      </dd>
      <dt>At the venue</dt>
      <dd>{order.venue_order_id === null ? "–" : <code>{order.venue_order_id}</code>}</dd>
      <dt>Beside it</dt>
      <dd>
        <PageLink to={around}>orders of this account in {order.symbol}</PageLink>
      </dd>
    </dl>
  );
}

function Fills({ order }: { order: Order }) {
  const fills = useQuery({
    // Another version may have another fill.
    queryKey: ["ledger", "fills", order.id, order.version],
    queryFn: ({ signal }) => fetchOrderFills(order.id, signal),
    placeholderData: (before) => before,
  });
  const quote = useQuoteOf()(order.symbol);
  const rows = fills.data ?? [];
  return (
    <>
      <h3>Fills</h3>
      <Listing
        query={fills}
        label="Fills"
        columns={[
          "When",
          "Price",
          "Quantity",
          `Value${quote ? `, ${quote}` : ""}`,
          "Fees",
          "Trade",
        ]}
        empty="Nothing of it is traded yet."
      >
        {[
          ...rows.map((fill) => <FillRow key={fill.venue_trade_id} fill={fill} />),
          ...(rows.length > 1 ? [<FillSum key="sum" fills={rows} />] : []),
        ]}
      </Listing>
    </>
  );
}

function FillRow({ fill }: { fill: Fill }) {
  return (
    <tr>
      <th scope="row">
        <When time={fill.time} />
      </th>
      <td data-label="Price">{formatDecimal(fill.price)}</td>
      <td data-label="Quantity">{formatDecimal(fill.quantity)}</td>
      <td data-label="Value">{formatDecimal(fill.quote)}</td>
      <td data-label="Fees">
        {fill.fees.map(({ amount, asset }) => `${formatDecimal(amount)} ${asset}`).join(", ") ||
          "none"}
      </td>
      <td data-label="Trade">
        <code>{fill.venue_trade_id}</code>
        {fill.liquidity !== "unknown" && <small>{fill.liquidity}</small>}
      </td>
    </tr>
  );
}

function FillSum({ fills }: { fills: Fill[] }) {
  const total = (pick: (fill: Fill) => string) => formatDecimal(sum(fills.map(pick)) ?? "–");
  return (
    <tr className="is-sum">
      <th scope="row">Together</th>
      <td aria-hidden="true" />
      <td data-label="Quantity">{total(({ quantity }) => quantity)}</td>
      <td data-label="Value">{total(({ quote }) => quote)}</td>
      <td aria-hidden="true" />
      <td aria-hidden="true" />
    </tr>
  );
}

function AmendForm({ order, onClose }: { order: Order; onClose: () => void }) {
  const changed = useChanged();
  const { quantity, limit_price, stop_price } = order;
  const was: Record<string, string | null> = { quantity, limit_price, stop_price };
  const [values, setValues] = useState(was);
  const amend = useMutation({
    mutationFn: amendOrder,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  const problem = amend.isError ? problemFromThrown(amend.error) : null;
  const fault = faultOf(problem, Object.keys(was));
  const there = Object.entries(values).filter((each): each is [string, string] => each[1] !== null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const news = there.filter(([field, value]) => value.trim() !== was[field]);
    amend.mutate({ id: order.id, ...Object.fromEntries(news) });
  };
  const labels: Record<string, string> = {
    quantity: "Quantity, with what is filled",
    limit_price: "Limit price",
    stop_price: "Stop price",
  };
  return (
    <form onSubmit={submit}>
      {there.map(([field, value]) => (
        <NumberField
          key={field}
          label={labels[field] ?? field}
          error={fault?.field === field ? fault.reason : null}
          value={value}
          onText={(text) => setValues({ ...values, [field]: text })}
        />
      ))}
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={amend.isPending}>
        Amend
      </button>
    </form>
  );
}
