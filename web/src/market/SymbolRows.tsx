// Symbols under one another, each a link to its chart; with the arrow keys from one to the next.
import { type KeyboardEvent, memo, type MouseEvent, type ReactNode } from "react";

import type { Interval, SymbolRow } from "../api/types";
import { StarIcon } from "../shell/icons";
import { followLink, routeHref } from "../shell/route";
import type { Volume } from "./board";
import { Change } from "./Change";
import { formatDecimal } from "./decimal";
import { useQuote } from "./prices";
import { ReplayBadge } from "./ReplayBadge";
import { pairName, usableInterval } from "./symbols";

export function SymbolRows({ children }: { children: ReactNode }) {
  return <ul onKeyDown={moveFocus}>{children}</ul>;
}

interface SymbolLinkProps {
  row: SymbolRow;
  /** Its place and volume, on the board. */
  rank?: number;
  volume?: Volume;
  current: boolean;
  interval: Interval;
  onPick: () => void;
  /** Whether it is in the list that stars are about; where nobody is logged in there are none. */
  starred?: boolean;
  starsOf?: string;
  onStar?: (symbol: string, starred: boolean) => void;
}

export const SymbolLink = memo(function SymbolLink(props: SymbolLinkProps) {
  const { row, rank, volume, current, interval, onPick, starred, starsOf, onStar } = props;
  const quote = useQuote(row);
  const route = { symbol: row.symbol, interval: usableInterval(interval, row) };
  const pick = (event: MouseEvent<HTMLAnchorElement>) => {
    if (followLink(event)) onPick();
  };
  const venue = row.active ? row.venue : `${row.venue} · delisted`;
  return (
    <li className={row.active ? undefined : "is-delisted"}>
      <a href={routeHref(route)} aria-current={current ? "true" : undefined} onClick={pick}>
        {rank !== undefined && <span className="symbol-rank">{rank}</span>}
        <span className="symbol-name">
          <b>{pairName(row)}</b>
          {volume && <small>{venue}</small>}
        </span>
        <span key={quote.time} className="symbol-price" data-tick={quote.direction}>
          {quote.price === null ? "–" : formatDecimal(quote.price, row.price_precision ?? 0)}
        </span>
        <span className="symbol-more">
          {quote.replay && <ReplayBadge of={row.replay_of} />}
          {volume ? <span title={volume.exact}>{volume.rough}</span> : <span>{venue}</span>}
        </span>
        <span className="symbol-change">
          <Change value={quote.changePercent} places={2} unit="%" />
        </span>
      </a>
      {onStar && (
        <button
          type="button"
          className="star"
          aria-pressed={starred}
          aria-label={`${pairName(row)}, ${row.venue}: in ${starsOf}`}
          title={starred ? `Take out of ${starsOf}` : `Add to ${starsOf}`}
          onClick={() => onStar(row.symbol, !starred)}
        >
          <StarIcon />
        </button>
      )}
    </li>
  );
});

/** Arrow keys, Home and End move through the rows; from a star, too. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("a")];
  const at = rows.findIndex((row) => row.parentElement?.contains(document.activeElement));
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

export function SkeletonRows() {
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
