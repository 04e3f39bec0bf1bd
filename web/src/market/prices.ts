// The last price of every symbol, live. Rows listen to their own symbol only, so that a busy
// market repaints the rows that changed and not the whole list.
import { useCallback, useEffect, useSyncExternalStore } from "react";

import { stream } from "../api/live";
import { ALL_PRICES, type PriceMessage } from "../api/messages";
import type { SymbolRow } from "../api/types";
import { percent, sign, subtract } from "./decimal";
import { toMs } from "./time";

export interface LivePrice {
  price: string;
  time: string;
  replay: boolean;
  /** Against the price before it; a price that is equal keeps the direction. */
  direction: "up" | "down" | null;
}

const REPAINT_MS = 100;

/** Live prices by symbol. */
export class PriceBoard {
  #prices = new Map<string, LivePrice>();
  #listeners = new Map<string, Set<() => void>>();
  #changed = new Set<string>();
  /** Symbols with a price since the last sync. */
  #current = new Set<string>();

  readonly get = (symbol: string): LivePrice | null => this.#prices.get(symbol) ?? null;

  apply(message: PriceMessage): void {
    const { symbol, price, time, replay } = message;
    const old = this.#prices.get(symbol);
    if (old !== undefined && this.#current.has(symbol) && toMs(time) < toMs(old.time)) return;
    this.#current.add(symbol);
    const change = old === undefined ? 0 : sign(subtract(price, old.price) ?? "0");
    const direction = change > 0 ? "up" : change < 0 ? "down" : (old?.direction ?? null);
    this.#prices.set(symbol, { price, time, replay, direction });
    if (this.#changed.size === 0) setTimeout(() => this.#tell(), REPAINT_MS);
    this.#changed.add(symbol);
  }

  /** The next price of each symbol counts whatever its time: a replay may have begun again. */
  sync(): void {
    this.#current.clear();
  }

  listen(symbol: string, listener: () => void): () => void {
    const set = this.#listeners.get(symbol) ?? new Set();
    this.#listeners.set(symbol, set.add(listener));
    return () => set.delete(listener);
  }

  #tell(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const symbol of changed) this.#listeners.get(symbol)?.forEach((listener) => listener());
  }
}

const board = new PriceBoard();

/** Keeps the live prices of all symbols coming; `onSync` as in Stream.subscribe. */
export function useLivePrices(onSync: () => void): void {
  useEffect(
    () =>
      stream.subscribe(
        ALL_PRICES,
        (message) => {
          if (message.type === "price") board.apply(message);
        },
        () => {
          board.sync();
          onSync();
        },
      ),
    [onSync],
  );
}

/** What a row or a header says about a symbol's price. */
export interface Quote {
  price: string | null;
  time: string | null;
  change: string | null;
  changePercent: string | null;
  replay: boolean;
  direction: "up" | "down" | null;
}

/**
 * The newer of the listed and the live price. The change is against the price of 24 hours before,
 * which the listed price and change give exactly.
 */
export function quoteOf(row: SymbolRow, live: LivePrice | null): Quote {
  const price = row.last_price ?? null;
  const time = row.last_time ?? null;
  const change = row.change_24h ?? null;
  const listed: Quote = {
    price,
    time,
    change,
    changePercent: row.change_24h_percent ?? null,
    replay: row.replay,
    direction: null,
  };
  if (live === null || (time !== null && toMs(live.time) < toMs(time))) return listed;
  const before = price === null || change === null ? null : subtract(price, change);
  const moved = before === null ? null : subtract(live.price, before);
  return {
    price: live.price,
    time: live.time,
    change: moved,
    changePercent: before === null || moved === null ? null : percent(moved, before),
    replay: row.replay || live.replay,
    direction: live.direction,
  };
}

/** The symbol's price, repainted as it changes. */
export function useQuote(row: SymbolRow): Quote {
  const listen = useCallback(
    (listener: () => void) => board.listen(row.symbol, listener),
    [row.symbol],
  );
  const live = useSyncExternalStore(listen, () => board.get(row.symbol));
  return quoteOf(row, live);
}
