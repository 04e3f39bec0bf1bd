// Name, price and 24 h figures of the symbol on the chart.
import type { SymbolRow } from "../api/types";
import { ChevronIcon } from "../shell/icons";
import { useZone, zoneLabel } from "../shell/zone";
import { Change } from "./Change";
import { formatDecimal } from "./decimal";
import { type Quote, useQuote } from "./prices";
import { ReplayBadge } from "./ReplayBadge";
import { pairName } from "./symbols";
import { formatDate, formatSecond, toMs } from "./time";

interface SymbolHeaderProps {
  symbol: string;
  row: SymbolRow | null;
  onOpenSymbols: (() => void) | null;
}

export function SymbolHeader({ symbol, row, onOpenSymbols }: SymbolHeaderProps) {
  const name = row ? pairName(row) : symbol;
  return (
    <header className="symbol-header">
      <div className="symbol-title">
        {onOpenSymbols === null ? (
          <h2>{name}</h2>
        ) : (
          <h2>
            <button type="button" aria-haspopup="dialog" onClick={onOpenSymbols}>
              {name}
              <ChevronIcon />
              <span className="visually-hidden">, choose another symbol</span>
            </button>
          </h2>
        )}
        {row && (
          <span className="symbol-origin">
            {row.venue}
            {pairName(row) !== row.code && ` · ${row.code}`}
            {!row.active && " · delisted"}
          </span>
        )}
        {row && <HeaderBadge row={row} />}
      </div>
      {row && <Figures row={row} />}
    </header>
  );
}

function HeaderBadge({ row }: { row: SymbolRow }) {
  const { replay } = useQuote(row);
  return replay ? <ReplayBadge of={row.replay_of} /> : null;
}

function Figures({ row }: { row: SymbolRow }) {
  const quote = useQuote(row);
  const zone = useZone();
  const places = row.price_precision ?? 0;
  const volume = row.volume_24h ?? null;
  return (
    <dl className="figures">
      <div className="figure-price">
        <dt className="visually-hidden">Last price</dt>
        <dd>
          <span key={quote.time} className="last-price" data-tick={quote.direction}>
            {quote.price === null ? "–" : formatDecimal(quote.price, places)}
          </span>
          {row.quote && <span className="unit">{row.quote}</span>}
        </dd>
      </div>
      <div>
        <dt>24 h change</dt>
        <dd>
          <Change value={quote.change} places={places} />{" "}
          {quote.changePercent !== null && (
            <Change value={quote.changePercent} places={2} unit="%" />
          )}
        </dd>
      </div>
      <div>
        <dt>24 h volume</dt>
        <dd>
          {volume === null ? "–" : formatDecimal(volume)}
          {volume !== null && row.base && <span className="unit">{row.base}</span>}
        </dd>
      </div>
      <div className="figure-time">
        <dt>Last trade, {zoneLabel(zone)}</dt>
        <dd>
          <LastTime quote={quote} zone={zone} />
        </dd>
      </div>
    </dl>
  );
}

function LastTime({ quote, zone }: { quote: Quote; zone: string }) {
  if (quote.time === null) return "–";
  const ms = toMs(quote.time);
  return <time dateTime={quote.time}>{`${formatDate(ms, zone)} ${formatSecond(ms, zone)}`}</time>;
}

export function SkeletonHeader() {
  return (
    <header className="symbol-header" aria-hidden="true">
      <div className="symbol-title">
        <span className="skeleton is-title" />
      </div>
      <div className="figures">
        <span className="skeleton is-figure" />
        <span className="skeleton is-figure" />
        <span className="skeleton is-figure" />
      </div>
    </header>
  );
}
