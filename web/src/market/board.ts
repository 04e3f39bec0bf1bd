// The symbols that traded most in the last 24 hours, as the list of symbols shows them.
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { fetchLeaderboard } from "../api/client";
import type { Leaderboard, SymbolRow } from "../api/types";
import { formatDecimal, formatRough } from "./decimal";

/** How many symbols the board has at most. */
export const BOARD_SIZE = 100;
const REFRESH_MS = 10_000;

/** One place of the board. */
export interface Place {
  rank: number;
  /** The symbol as it is listed, with price and change of the board's 24 hours. */
  row: SymbolRow;
  volume: Volume;
}

export interface Volume {
  /** `1.23B USDT`; in units of base where those of quote are not known. */
  rough: string;
  /** The same with all its digits. */
  exact: string;
}

/** The board of the symbols paid with `quote` (null: of all), read again every ten seconds. */
export function useBoard(quote: string | null) {
  return useQuery({
    queryKey: ["leaderboard", quote],
    queryFn: ({ signal }) => fetchLeaderboard(quote, BOARD_SIZE, signal),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
}

/** Ranked symbols; one that the list doesn't have yet is left out until it does. */
export function placesOnBoard(board: Leaderboard, rows: SymbolRow[]): Place[] {
  const listed = new Map(rows.map((row) => [row.symbol, row]));
  return board.symbols.flatMap((ranked, index) => {
    const row = listed.get(ranked.symbol);
    if (row === undefined) return [];
    const day = {
      last_price: ranked.price,
      change_24h: ranked.change,
      change_24h_percent: ranked.change_percent,
    };
    return [{ rank: index + 1, row: { ...row, ...day }, volume: volumeOf(ranked) }];
  });
}

function volumeOf(ranked: Leaderboard["symbols"][number]): Volume {
  const { quote_volume, volume, quote, base } = ranked;
  const [figure, asset] = quote_volume === null ? [volume, base] : [quote_volume, quote];
  const unit = asset === null ? "" : ` ${asset}`;
  return { rough: formatRough(figure) + unit, exact: formatDecimal(figure) + unit };
}

/** What the listed symbols are paid with, the commonest first. */
export function quotesOf(rows: SymbolRow[]): string[] {
  const counts = new Map<string, number>();
  for (const { quote } of rows) if (quote) counts.set(quote, (counts.get(quote) ?? 0) + 1);
  return [...counts.keys()].sort(
    (a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a.localeCompare(b),
  );
}
