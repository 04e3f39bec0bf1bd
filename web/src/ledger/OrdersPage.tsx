// One's orders: searched, paged, kept up to date; and a new one.
import { type FormEvent, useMemo, useState } from "react";

import type { Me } from "../api/accounts";
import type { Order } from "../api/ledger";
import { SelectField } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { formatDecimal } from "../market/decimal";
import { Modal } from "../shell/Modal";
import { PageLink } from "../shell/PageLink";
import { navigate, useSearch } from "../shell/route";
import { mayWrite } from "../trading/pages";
import { useNames } from "../trading/queries";
import { More } from "./More";
import { NewOrderForm } from "./NewOrderForm";
import { STATUSES, trailOf, words, WORKING } from "./order";
import { OrderStatus } from "./OrderStatus";
import { useOrders } from "./queries";
import { parseSearch, type Search, searchHref } from "./search";
import { SearchFields } from "./SearchFields";

const NAMES = ["account", "bot", "symbol", "side", "status", "from", "to"] as const;

export function OrdersPage({ me }: { me: Me }) {
  const search = useSearch();
  const wanted = useMemo(() => parseSearch(search, NAMES), [search]);
  const found = useOrders(wanted);
  const [placing, setPlacing] = useState(false);
  const orders = found.data?.pages.flatMap((page) => page.orders);
  return (
    <section className="block is-wide" aria-labelledby="orders-title">
      <header className="block-head">
        <h2 id="orders-title">Orders</h2>
        {mayWrite(me, "orders") && (
          <button type="button" className="button is-main" onClick={() => setPlacing(true)}>
            New order
          </button>
        )}
      </header>
      <OrderSearch key={search} wanted={wanted} />
      <Listing
        query={found}
        label="Orders"
        columns={[...ORDER_COLUMNS, "For"]}
        empty={
          Object.keys(wanted).length === 0 ? "There is no order yet." : "No order fits this search."
        }
      >
        {orders?.map((order) => (
          <OrderRow key={order.id} order={order} withOwner />
        ))}
      </Listing>
      <More query={found}>Older orders</More>
      <Modal kind="dialog" label="New order" open={placing} onClose={() => setPlacing(false)}>
        <NewOrderForm
          account={wanted.account ?? ""}
          bot={wanted.bot ?? ""}
          symbol={wanted.symbol ?? ""}
          onClose={() => setPlacing(false)}
        />
      </Modal>
    </section>
  );
}

function OrderSearch({ wanted }: { wanted: Search }) {
  const [search, setSearch] = useState(wanted);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    navigate(searchHref("/orders", search));
  };
  return (
    <form className="search-form" role="search" aria-label="Orders" onSubmit={submit}>
      <SearchFields search={search} onSearch={setSearch}>
        <SelectField
          label="Side"
          value={search.side ?? ""}
          onValue={(side) => setSearch({ ...search, side })}
        >
          <option value="">Any</option>
          <option value="buy">buy</option>
          <option value="sell">sell</option>
        </SelectField>
        <SelectField
          label="Status"
          value={search.status ?? ""}
          onValue={(status) => setSearch({ ...search, status })}
        >
          <option value="">Any</option>
          <option value={WORKING.join(",")}>working</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {words(status)}
            </option>
          ))}
        </SelectField>
      </SearchFields>
      <div className="buttons">
        <button type="submit" className="button is-main">
          Search
        </button>
        <button type="button" className="button" onClick={() => navigate("/orders")}>
          All
        </button>
      </div>
    </form>
  );
}

/** The heads over {@link OrderRow}. */
export const ORDER_COLUMNS = ["Order", "Placed", "Side", "Quantity", "Price", "Filled", "Status"];

export function OrderRow({ order, withOwner }: { order: Order; withOwner?: boolean }) {
  const names = useNames();
  return (
    <tr>
      <th scope="row">
        <PageLink to={`/orders/${order.id}`} className="row-link">
          {order.symbol}
        </PageLink>
        <small>{order.client_order_id}</small>
      </th>
      <td data-label="Placed">
        <When time={order.placed_at} />
      </td>
      <td data-label="Side">
        <Side side={order.side} /> {words(order.kind)}
        {order.mode === "margin" && <small>margin</small>}
      </td>
      <td data-label="Quantity">
        <Wanted order={order} />
      </td>
      <td data-label="Price">
        <Prices order={order} />
      </td>
      <td data-label="Filled">{formatDecimal(order.filled)}</td>
      <td data-label="Status">
        <OrderStatus status={order.status} />
      </td>
      {withOwner && (
        <td data-label="For">
          {names.get(order.account) ?? order.account}
          {order.bot !== null && <small>{names.get(order.bot) ?? order.bot}</small>}
        </td>
      )}
    </tr>
  );
}

export function Side({ side }: { side: string }) {
  return <span className={side === "buy" || side === "long" ? "is-up" : "is-down"}>{side}</span>;
}

/** How much is wanted, in base or in quote. */
export function Wanted({ order: { quantity, quote_quantity } }: { order: Order }) {
  if (quantity !== null) return formatDecimal(quantity);
  return quote_quantity === null ? "–" : `for ${formatDecimal(quote_quantity)} of quote`;
}

/** Its worst price, and what it waits for. */
export function Prices({ order }: { order: Order }) {
  const { limit_price, stop_price, kind } = order;
  const trail = trailOf(order);
  if (trail !== null) return <>trails by {trail}</>;
  if (limit_price === null && stop_price === null) {
    return <span className="is-faint">{words(kind)}</span>;
  }
  return (
    <>
      {limit_price !== null && formatDecimal(limit_price)}
      {stop_price !== null && <small>stop {formatDecimal(stop_price)}</small>}
    </>
  );
}
