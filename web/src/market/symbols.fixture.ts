// For tests: a row of the list that knows nothing but its name.
import type { SymbolRow } from "../api/types";

/** The row of `venue:code`, and what else the test wants of it. */
export function row(symbol: string, fields: Partial<SymbolRow> = {}): SymbolRow {
  const [venue = "", code = ""] = symbol.split(":");
  return {
    symbol,
    venue,
    code,
    base: null,
    quote: null,
    active: true,
    replay: false,
    replay_of: null,
    price_precision: 2,
    quantity_precision: null,
    tick_size: null,
    lot_size: null,
    min_quantity: null,
    min_notional: null,
    listed_at: null,
    delisted_at: null,
    last_price: null,
    last_time: null,
    change_24h: null,
    change_24h_percent: null,
    volume_24h: null,
    intervals: ["1m", "5m", "1d"],
    ...fields,
  };
}
