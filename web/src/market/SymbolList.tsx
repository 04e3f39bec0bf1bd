// All symbols with their last price and its change over 24 hours, and a search through them.
import { type KeyboardEvent, memo, type MouseEvent, useDeferredValue, useEffect } from "react";
import { useMemo, useRef, useState } from "react";

import type { Interval, SymbolRow } from "../api/types";
import { SearchIcon } from "../shell/icons";
import { navigate, routeHref } from "../shell/route";
import { Change } from "./Change";
import { formatDecimal } from "./decimal";
import { useQuote } from "./prices";
import { ReplayBadge } from "./ReplayBadge";
import { findSymbols, pairName, usableInterval } from "./symbols";

interface SymbolListProps {
  /** Null while they are read. */
  rows: SymbolRow[] | null;
  shown: string | null;
  interval: Interval;
  onPick: () => void;
}

export function SymbolList({ rows, shown, interval, onPick }: SymbolListProps) {
  const [query, setQuery] = useState("");
  const deferred = useDeferredValue(query);
  const found = useMemo(() => (rows ? findSymbols(rows, deferred) : []), [rows, deferred]);
  const list = useRef<HTMLUListElement>(null);
  const focusRow = (index: number) =>
    list.current?.querySelectorAll<HTMLElement>("a").item(index)?.focus();
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === "Enter") list.current?.querySelector<HTMLElement>("a")?.click();
    else if (event.key === "ArrowDown") focusRow(0);
    else if (event.key === "Escape" && query !== "") setQuery("");
    else return;
    event.preventDefault();
  };
  return (
    <nav className="symbols" aria-label="Symbols">
      <SearchBox query={query} onQuery={setQuery} onKeyDown={onSearchKey} />
      <div className="symbols-head" aria-hidden="true">
        <span>Symbol</span>
        <span>Last price, 24 h change</span>
      </div>
      {rows === null && <SkeletonRows />}
      {rows !== null && found.length === 0 && (
        <p className="symbols-none">No symbol matches “{deferred}”.</p>
      )}
      <ul ref={list} onKeyDown={moveFocus}>
        {found.map((row) => (
          <Row
            key={row.symbol}
            row={row}
            current={row.symbol === shown}
            interval={interval}
            onPick={onPick}
          />
        ))}
      </ul>
    </nav>
  );
}

interface SearchBoxProps {
  query: string;
  onQuery: (query: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function SearchBox({ query, onQuery, onKeyDown }: SearchBoxProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement;
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <label className="search">
      <SearchIcon />
      <input
        ref={input}
        type="search"
        placeholder="Search symbols"
        aria-label="Search symbols"
        aria-keyshortcuts="/"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

interface RowProps {
  row: SymbolRow;
  current: boolean;
  interval: Interval;
  onPick: () => void;
}

const Row = memo(function Row({ row, current, interval, onPick }: RowProps) {
  const quote = useQuote(row);
  const route = { symbol: row.symbol, interval: usableInterval(interval, row) };
  const pick = (event: MouseEvent) => {
    // With a modifier it is an ordinary link: a new tab or window.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(route);
    onPick();
  };
  return (
    <li className={row.active ? undefined : "is-delisted"}>
      <a href={routeHref(route)} aria-current={current ? "true" : undefined} onClick={pick}>
        <b className="symbol-name">{pairName(row)}</b>
        <span key={quote.time} className="symbol-price" data-tick={quote.direction}>
          {quote.price === null ? "–" : formatDecimal(quote.price, row.price_precision ?? 0)}
        </span>
        <span className="symbol-venue">
          {quote.replay && <ReplayBadge of={row.replay_of} />}
          <span>
            {row.venue}
            {!row.active && " · delisted"}
          </span>
        </span>
        <span className="symbol-change">
          <Change value={quote.changePercent} places={2} unit="%" />
        </span>
      </a>
    </li>
  );
});

/** Arrow keys, Home and End move through the rows. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("a")];
  const at = rows.findIndex((row) => row === document.activeElement);
  const next: Record<string, number> = {
    ArrowDown: Math.min(at + 1, rows.length - 1),
    ArrowUp: Math.max(at - 1, 0),
    Home: 0,
    End: rows.length - 1,
  };
  const index = next[event.key];
  if (index === undefined) return;
  event.preventDefault();
  rows[index]?.focus();
}

function SkeletonRows() {
  return (
    <div className="skeleton-rows" role="status" aria-label="Symbols are loading">
      {Array.from({ length: 9 }, (_, index) => (
        <div key={index} className="skeleton-row">
          <span className="skeleton" />
          <span className="skeleton" />
        </div>
      ))}
    </div>
  );
}
