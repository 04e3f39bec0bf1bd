// Orders as the page reads and writes them; the server has the last word.
import type { NewOrder, Order } from "../api/ledger";

export const STATUSES = [
  "new",
  "submitted",
  "open",
  "partially_filled",
  "cancel_requested",
  "filled",
  "cancelled",
  "rejected",
  "expired",
] as const;

/** Those of an order that may still trade. */
export const WORKING = STATUSES.slice(0, 5);

export const KINDS = ["market", "limit", "stop", "stop_limit", "trailing_stop"] as const;
export type Kind = (typeof KINDS)[number];

/** What went to the venue and hasn't ended. */
export const canCancel = (status: string): boolean =>
  ["submitted", "open", "partially_filled"].includes(status);
/** What the venue has. */
export const canAmend = (status: string): boolean => ["open", "partially_filled"].includes(status);

/** A status or kind for reading. */
export const words = (name: string): string => name.replaceAll("_", " ");

/** How far a trailing stop stays behind; null of other orders. */
export function trailOf({ trail_distance, trail_percent }: Order): string | null {
  return trail_percent === null ? trail_distance : `${trail_percent} %`;
}

/** How an order is held and how long it waits, in a few words. */
export function termsOf(order: Order): string {
  const { mode, leverage, time_in_force, reduce_only } = order;
  return [
    leverage === null || leverage === "1" ? mode : `${mode} × ${leverage}`,
    time_in_force?.toUpperCase(),
    reduce_only === true && "reduces only",
  ]
    .filter(Boolean)
    .join(", ");
}

/** Whose idea it was. */
export function tagsOf(order: Order): string {
  const { strategy, entry_logic, exit_logic, interval, exit_reason } = order;
  return [strategy, entry_logic, exit_logic, interval, exit_reason].filter(Boolean).join(" · ");
}

/** What somebody filled in. */
export interface Draft {
  account: string;
  bot: string;
  symbol: string;
  side: "buy" | "sell";
  kind: Kind;
  /** Whether a market buy says how much quote it spends, in place of a quantity. */
  byQuote: boolean;
  quantity: string;
  limitPrice: string;
  stopPrice: string;
  trailPercent: string;
  timeInForce: string;
  margin: boolean;
  leverage: string;
  reduceOnly: boolean;
}

/** Which fields a draft has, as the interface calls them. */
export function fieldsOf({ side, kind, byQuote, margin }: Draft): string[] {
  const spends = byQuote && side === "buy" && kind === "market";
  return [
    spends ? "quote_quantity" : "quantity",
    ...(kind === "limit" || kind === "stop_limit" ? ["limit_price", "time_in_force"] : []),
    ...(kind === "stop" || kind === "stop_limit" ? ["stop_price"] : []),
    ...(kind === "trailing_stop" ? ["trail_percent"] : []),
    ...(margin ? ["leverage"] : []),
  ];
}

/** The order of a draft. */
export function orderOf(draft: Draft, clientOrderId: string): NewOrder {
  const values: Record<string, string> = {
    quantity: draft.quantity,
    quote_quantity: draft.quantity,
    limit_price: draft.limitPrice,
    stop_price: draft.stopPrice,
    trail_percent: draft.trailPercent,
    time_in_force: draft.timeInForce,
    leverage: draft.leverage,
  };
  const given = fieldsOf(draft)
    .map((field) => [field, values[field]?.trim() ?? ""] as const)
    .filter(([, value]) => value !== "");
  return {
    account: draft.account,
    client_order_id: clientOrderId,
    symbol: draft.symbol.trim(),
    side: draft.side,
    kind: draft.kind,
    mode: draft.margin ? "margin" : "spot",
    ...(draft.bot === "" ? {} : { bot: draft.bot }),
    ...(draft.reduceOnly ? { reduce_only: true } : {}),
    ...Object.fromEntries(given),
  };
}
