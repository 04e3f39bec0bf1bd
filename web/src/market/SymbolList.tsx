// The symbols with their last price and its change over 24 hours: all of them, or those that are
// traded most; and a search through either.
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import type { Interval, SymbolRow } from "../api/types";
import { SearchIcon } from "../shell/icons";
import { SkeletonRows, SymbolLink, SymbolRows } from "./SymbolRows";
import { findSymbols } from "./symbols";
import { keepView, keptView, type View, VIEWS } from "./view";
import { VolumeBoard } from "./VolumeBoard";

interface SymbolListProps {
  /** Null while they are read. */
  rows: SymbolRow[] | null;
  shown: string | null;
  interval: Interval;
  onPick: () => void;
}

/** What each view gets. */
export interface ListProps extends SymbolListProps {
  rows: SymbolRow[];
  query: string;
}

export function SymbolList({ rows, ...rest }: SymbolListProps) {
  const [query, setQuery] = useState("");
  const [view, setView] = useState(keptView);
  const deferred = useDeferredValue(query);
  const nav = useRef<HTMLElement>(null);
  const onSearchKey = (event: KeyboardEvent) => {
    const first = nav.current?.querySelector<HTMLElement>("a");
    if (event.key === "Enter") first?.click();
    else if (event.key === "ArrowDown") first?.focus();
    else if (event.key === "Escape" && query !== "") setQuery("");
    else return;
    event.preventDefault();
  };
  const onView = (next: View) => {
    keepView(next);
    setView(next);
  };
  const List = view === "board" ? VolumeBoard : AllSymbols;
  return (
    <nav ref={nav} className="symbols" aria-label="Symbols">
      <SearchBox query={query} onQuery={setQuery} onKeyDown={onSearchKey} />
      <ViewSwitch view={view} onView={onView} />
      {rows === null ? <SkeletonRows /> : <List {...rest} rows={rows} query={deferred} />}
    </nav>
  );
}

const VIEW_NAMES: Record<View, string> = { all: "All", board: "Most traded, 24 h" };

function ViewSwitch({ view, onView }: { view: View; onView: (view: View) => void }) {
  return (
    <div className="choices views" role="group" aria-label="Which symbols">
      {VIEWS.map((each) => (
        <button key={each} type="button" aria-pressed={each === view} onClick={() => onView(each)}>
          {VIEW_NAMES[each]}
        </button>
      ))}
    </div>
  );
}

function AllSymbols({ rows, query, shown, interval, onPick }: ListProps) {
  const found = useMemo(() => findSymbols(rows, query), [rows, query]);
  return (
    <>
      <div className="symbols-head" aria-hidden="true">
        <span>Symbol</span>
        <span>Last price, 24 h change</span>
      </div>
      {found.length === 0 && <p className="symbols-note">No symbol matches “{query}”.</p>}
      <SymbolRows>
        {found.map((row) => (
          <SymbolLink
            key={row.symbol}
            row={row}
            current={row.symbol === shown}
            interval={interval}
            onPick={onPick}
          />
        ))}
      </SymbolRows>
    </>
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
