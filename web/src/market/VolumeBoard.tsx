// The symbols that are traded most, ranked by their volume of the last 24 hours.
import { useMemo, useState } from "react";

import { problemFromThrown } from "../api/problem";
import type { SymbolRow } from "../api/types";
import { useZone, zoneLabel } from "../shell/zone";
import { placesOnBoard, quotesOf, useBoard } from "./board";
import type { ListProps } from "./SymbolList";
import { SkeletonRows, SymbolLink, SymbolRows } from "./SymbolRows";
import { findSymbols } from "./symbols";
import { formatSecond } from "./time";

export function VolumeBoard({ rows, query, shown, interval, onPick }: ListProps) {
  const zone = useZone();
  const [quote, setQuote] = useState<string | null>(null);
  const board = useBoard(quote);
  const places = useMemo(
    () => (board.data === undefined ? null : placesOnBoard(board.data, rows)),
    [board.data, rows],
  );
  const found = useMemo(() => {
    const wanted = new Set(findSymbols(places?.map(({ row }) => row) ?? [], query));
    return places?.filter(({ row }) => wanted.has(row)) ?? [];
  }, [places, query]);
  return (
    <>
      <div className="symbols-head">
        <QuoteChoice rows={rows} quote={quote} onQuote={setQuote} />
        <span aria-hidden="true">Last price, change</span>
      </div>
      {board.isError && (
        <p className="symbols-note" role="alert">
          {problemFromThrown(board.error).title}.{" "}
          {places !== null &&
            `What stands here is of ${formatSecond(board.dataUpdatedAt, zone)} ${zoneLabel(zone)}. `}
          <button type="button" className="link-button" onClick={() => void board.refetch()}>
            Try again
          </button>
        </p>
      )}
      {places === null && !board.isError && <SkeletonRows />}
      {board.data?.symbols.length === 0 && (
        <p className="symbols-note">
          Nothing {quote === null ? "" : `paid in ${quote} `}was traded in the last 24 hours.
        </p>
      )}
      {places !== null && places.length > 0 && found.length === 0 && (
        <p className="symbols-note">
          None of these {places.length} matches “{query}”.
        </p>
      )}
      <SymbolRows>
        {found.map(({ row, rank, volume }) => (
          <SymbolLink
            key={row.symbol}
            row={row}
            rank={rank}
            volume={volume}
            current={row.symbol === shown}
            interval={interval}
            onPick={onPick}
          />
        ))}
      </SymbolRows>
    </>
  );
}

interface QuoteChoiceProps {
  rows: SymbolRow[];
  quote: string | null;
  onQuote: (quote: string | null) => void;
}

/** Volumes in different assets can't be compared: a choice of one, where there are several. */
function QuoteChoice({ rows, quote, onQuote }: QuoteChoiceProps) {
  const quotes = useMemo(() => quotesOf(rows), [rows]);
  if (quotes.length < 2) return <span aria-hidden="true">Symbol, volume</span>;
  return (
    <label>
      Volume in{" "}
      <select value={quote ?? ""} onChange={(event) => onQuote(event.target.value || null)}>
        <option value="">any asset</option>
        {quotes.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}
