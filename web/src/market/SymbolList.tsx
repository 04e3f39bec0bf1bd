// The symbols with their last price and its change over 24 hours: all of them, or those that are
// traded most; and a search through either.
import {
  type KeyboardEvent,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";

import { problemFromThrown } from "../api/problem";
import type { Interval, SymbolRow } from "../api/types";
import { FormProblem } from "../auth/form";
import { SearchIcon } from "../shell/icons";
import { SkeletonRows, SymbolLink, SymbolRows } from "./SymbolRows";
import { findSymbols } from "./symbols";
import { keepView, keptView, type View, VIEWS } from "./view";
import { VolumeBoard } from "./VolumeBoard";
import { WatchlistChoice } from "./WatchlistChoice";
import { type Choice, listOfStars, listShown, rowsOf, useStar, useWatchlists } from "./watchlists";

interface SymbolListProps {
  /** Null while they are read. */
  rows: SymbolRow[] | null;
  shown: string | null;
  interval: Interval;
  /** Which of one's lists, and picking another. */
  choice: Choice;
  onChoice: (choice: Choice) => void;
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

/** All symbols, or those of one of one's lists, each with a star. */
function AllSymbols({ rows, query, shown, interval, choice, onChoice, onPick }: ListProps) {
  const watchlists = useWatchlists();
  const lists = watchlists.data;
  const list = lists === undefined ? null : listShown(lists, choice);
  const stars = lists === undefined ? null : listOfStars(lists, list);
  const starred = useMemo(() => new Set(stars?.symbols), [stars]);
  const { mutate, error, isError } = useStar();
  const starsId = stars?.id ?? null;
  const onStar = useCallback(
    (symbol: string, starred: boolean) => {
      // The first star makes a default: all symbols stay for the second.
      if (starsId === null) onChoice(null);
      mutate({ list: starsId, symbol, starred });
    },
    [mutate, starsId, onChoice],
  );
  const { found, missing } = useMemo(
    () => (list === null ? { found: rows, missing: [] } : rowsOf(list, rows)),
    [list, rows],
  );
  const matching = useMemo(() => findSymbols(found, query), [found, query]);
  const isEmpty = list !== null && list.symbols.length === 0;
  return (
    <>
      <div className="symbols-head">
        {lists === undefined ? (
          <span aria-hidden="true">Symbol</span>
        ) : (
          <WatchlistChoice lists={lists} shown={list} rows={rows} onChoice={onChoice} />
        )}
        <span aria-hidden="true">Last price, 24 h change</span>
      </div>
      {watchlists.isError && lists === undefined && (
        <ListsFailed error={watchlists.error} onRetry={() => void watchlists.refetch()} />
      )}
      <FormProblem problem={isError ? problemFromThrown(error) : null} />
      {isEmpty && (
        <p className="symbols-note">Nothing is in this list yet. Change the list to add symbols.</p>
      )}
      {matching.length === 0 && query !== "" && !isEmpty && (
        <p className="symbols-note">No symbol matches “{query}”.</p>
      )}
      <SymbolRows>
        {matching.map((row) => (
          <SymbolLink
            key={row.symbol}
            row={row}
            current={row.symbol === shown}
            interval={interval}
            onPick={onPick}
            {...(lists && {
              starred: starred.has(row.symbol),
              starsOf: stars?.name ?? "a new list",
              onStar,
            })}
          />
        ))}
        {query === "" &&
          missing.map((symbol) => (
            <li key={symbol} className="symbols-note is-missing">
              {symbol} <small>not recorded</small>
            </li>
          ))}
      </SymbolRows>
    </>
  );
}

function ListsFailed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <p className="symbols-note" role="alert">
      Your lists didn’t load: {problemFromThrown(error).title}.{" "}
      <button type="button" className="link-button" onClick={onRetry}>
        Try again
      </button>
    </p>
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
