// One's own lists of symbols: reading and changing them, and what a list makes of the symbols.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import {
  changeWatchlist,
  createWatchlist,
  deleteWatchlist,
  fetchWatchlists,
  type Watchlist,
} from "../api/preferences";
import type { SymbolRow } from "../api/types";
import { useMe } from "../auth/me";

const KEY = ["watchlists"];
const FIRST_NAME = "Favourites";

/** The list that was picked: `null` is all symbols, `undefined` the default. */
export type Choice = string | null | undefined;

/** Asked for once somebody is logged in. */
export function useWatchlists() {
  const me = useMe().data;
  return useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => fetchWatchlists(signal),
    enabled: Boolean(me),
    staleTime: 10_000,
    refetchOnWindowFocus: true,
  });
}

/** The list that is shown; null is all symbols. */
export function listShown(lists: Watchlist[], choice: Choice): Watchlist | null {
  if (choice === null) return null;
  const picked = lists.find(({ id }) => id === choice);
  return picked ?? lists.find(({ is_default }) => is_default) ?? null;
}

/** The list that a star is about; null is one that the first star makes. */
export function listOfStars(lists: Watchlist[], shown: Watchlist | null): Watchlist | null {
  return shown ?? listShown(lists, undefined) ?? lists[0] ?? null;
}

/** The rows of a list in its order, and what of it the server doesn't list. */
export function rowsOf(list: Watchlist, rows: SymbolRow[]) {
  const listed = new Map(rows.map((row) => [row.symbol, row]));
  const found = list.symbols.flatMap((symbol) => listed.get(symbol) ?? []);
  return { found, missing: list.symbols.filter((symbol) => !listed.has(symbol)) };
}

/** The symbols with one of them moved by so many places; it stays where there is none. */
export function moved(symbols: string[], from: number, by: number): string[] {
  const to = from + by;
  const symbol = symbols[from];
  if (symbol === undefined || to < 0 || to >= symbols.length) return symbols;
  return symbols.toSpliced(from, 1).toSpliced(to, 0, symbol);
}

interface Star {
  /** The list; null where the first one is to be made. */
  list: string | null;
  symbol: string;
  starred: boolean;
}

/** Puts a symbol into a list or takes it out. One after the other, each from what the last left. */
export function useStar() {
  const queryClient = useQueryClient();
  return useMutation({
    scope: { id: "watchlists" },
    mutationFn: async ({ list: id, symbol, starred }: Star) => {
      const lists = queryClient.getQueryData<Watchlist[]>(KEY) ?? [];
      const list = lists.find((each) => each.id === id) ?? listOfStars(lists, null);
      if (list === null) {
        return createWatchlist({ name: FIRST_NAME, symbols: [symbol], is_default: true });
      }
      const others = list.symbols.filter((each) => each !== symbol);
      return changeWatchlist({ id: list.id, symbols: starred ? [...others, symbol] : others });
    },
    onSuccess: (changed) =>
      queryClient.setQueryData<Watchlist[]>(KEY, (lists = []) =>
        lists.some(({ id }) => id === changed.id)
          ? lists.map((each) => (each.id === changed.id ? changed : each))
          : [...lists, changed],
      ),
    onError: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}

export interface Draft {
  /** Null of a list that is to be made. */
  id: string | null;
  name: string;
  symbols: string[];
  is_default: boolean;
}

/** Keeps a list as a form has it. */
export function useKeepList() {
  const queryClient = useQueryClient();
  return useMutation({
    scope: { id: "watchlists" },
    mutationFn: ({ id, ...list }: Draft) =>
      id === null ? createWatchlist(list) : changeWatchlist({ id, ...list }),
    // The default may be another one's no longer.
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDeleteList() {
  const queryClient = useQueryClient();
  return useMutation({
    scope: { id: "watchlists" },
    mutationFn: deleteWatchlist,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: KEY }),
  });
}
