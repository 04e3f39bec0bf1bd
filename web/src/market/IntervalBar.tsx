// The eight candle lengths. One without candles, as far as the list knows, is dimmed but not
// closed: the list may be a minute old.
import { type Interval, INTERVALS, type SymbolRow } from "../api/types";
import { navigate, routeHref } from "../shell/route";
import { useZone, zoneLabel } from "../shell/zone";
import { hasInterval } from "./symbols";

const NAMES: Record<Interval, string> = {
  "1m": "1 minute",
  "5m": "5 minutes",
  "15m": "15 minutes",
  "30m": "30 minutes",
  "1h": "1 hour",
  "4h": "4 hours",
  "1d": "1 day",
  "1w": "1 week",
};

interface IntervalBarProps {
  symbol: string | null;
  row: SymbolRow | null;
  interval: Interval;
}

export function IntervalBar({ symbol, row, interval }: IntervalBarProps) {
  const zone = useZone();
  return (
    <div className="choices intervals" role="group" aria-label="Length of a candle">
      {INTERVALS.map((each) => {
        const empty = !hasInterval(row, each);
        return (
          <button
            key={each}
            type="button"
            disabled={symbol === null}
            className={empty ? "is-empty" : undefined}
            aria-pressed={each === interval}
            aria-label={NAMES[each]}
            title={empty ? `${NAMES[each]}: no candles yet` : NAMES[each]}
            onClick={() => navigate(routeHref({ symbol, interval: each }))}
          >
            {each}
          </button>
        );
      })}
      <span
        className="zone"
        title={`Times on the chart are ${zone}; days are those of UTC, weeks begin on Monday.`}
      >
        {zoneLabel(zone)}
      </span>
    </div>
  );
}
