// Orders, positions, round trips and balances: what the pages of the ledger read and change.
import { body, client, done } from "./request";
import type { components, paths } from "./schema";

export type Order = components["schemas"]["OrderBody"];
export type NewOrder = components["schemas"]["NewOrderBody"];
export type Amendment = components["schemas"]["AmendBody"];
export type Fill = components["schemas"]["FillBody"];
export type OrderEvent = components["schemas"]["OrderEvent"];
export type Position = components["schemas"]["PositionBody"];
export type RoundTrip = components["schemas"]["RoundTrip"];
export type Balance = components["schemas"]["BalanceBody"];
export type Entry = components["schemas"]["EntryBody"];

type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;
export type OrderQuery = Query<"/v1/ledger/orders">;
export type TripQuery = Query<"/v1/ledger/trades">;
export type PositionQuery = Query<"/v1/ledger/positions">;

/** A page of orders, newest first. */
export function fetchOrders(query: OrderQuery, signal: AbortSignal) {
  return body((signal) => client.GET("/v1/ledger/orders", { params: { query }, signal }), signal);
}

export function fetchOrder(id: string, signal: AbortSignal): Promise<Order> {
  const params = { path: { id } };
  return body((signal) => client.GET("/v1/ledger/orders/{id}", { params, signal }), signal);
}

export async function fetchOrderFills(id: string, signal: AbortSignal): Promise<Fill[]> {
  const params = { path: { id } };
  const list = await body(
    (signal) => client.GET("/v1/ledger/orders/{id}/fills", { params, signal }),
    signal,
  );
  return list.fills;
}

/** A page of what happened to an order, the oldest first. */
export function fetchOrderEvents(id: string, cursor: string | null, signal: AbortSignal) {
  const params = { path: { id }, query: cursor === null ? {} : { cursor } };
  return body((signal) => client.GET("/v1/ledger/orders/{id}/events", { params, signal }), signal);
}

export function placeOrder(order: NewOrder): Promise<Order> {
  return body((signal) => client.POST("/v1/ledger/orders", { body: order, signal }));
}

export function cancelOrder(id: string): Promise<Order> {
  const params = { path: { id } };
  return body((signal) => client.DELETE("/v1/ledger/orders/{id}", { params, signal }));
}

export function amendOrder({ id, ...change }: Amendment & { id: string }): Promise<Order> {
  const params = { path: { id } };
  return body((signal) => client.PATCH("/v1/ledger/orders/{id}", { params, body: change, signal }));
}

/** A page of positions, newest first. */
export function fetchPositions(query: PositionQuery, signal: AbortSignal) {
  return body(
    (signal) => client.GET("/v1/ledger/positions", { params: { query }, signal }),
    signal,
  );
}

/** A page of round trips, newest first. */
export function fetchTrades(query: TripQuery, signal: AbortSignal) {
  return body((signal) => client.GET("/v1/ledger/trades", { params: { query }, signal }), signal);
}

/** All round trips that fit, newest first. */
export async function fetchAllTrades(wanted: TripQuery): Promise<RoundTrip[]> {
  const all: RoundTrip[] = [];
  let cursor: string | null = null;
  do {
    const from: TripQuery = cursor === null ? {} : { cursor };
    const query = { ...wanted, ...from, limit: 1000 };
    const page = await body((signal) =>
      client.GET("/v1/ledger/trades", { params: { query }, signal }),
    );
    all.push(...page.trades);
    cursor = page.next;
  } while (cursor !== null);
  return all;
}

export async function fetchBalances(id: string, signal: AbortSignal): Promise<Balance[]> {
  const params = { path: { id } };
  const list = await body(
    (signal) => client.GET("/v1/ledger/accounts/{id}/balances", { params, signal }),
    signal,
  );
  return list.balances;
}

/** Tells of a deposit, a withdrawal or funding. */
export function tellEntry({ account, ...entry }: Entry & { account: string }): Promise<void> {
  const params = { path: { id: account } };
  const address = "/v1/ledger/accounts/{id}/entries";
  return done((signal) => client.POST(address, { params, body: entry, signal }));
}
