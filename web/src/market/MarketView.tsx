// One symbol: its header, the chart of one interval, the tape of its last trades.
import { memo, useEffect } from "react";

import type { Interval, SymbolRow } from "../api/types";
import { ChartPanel } from "./ChartPanel";
import { CoverageStrip } from "./CoverageStrip";
import { formatDecimal } from "./decimal";
import { IntervalBar } from "./IntervalBar";
import { useQuote } from "./prices";
import { SkeletonHeader, SymbolHeader } from "./SymbolHeader";
import { pairName } from "./symbols";
import { TradeTape } from "./TradeTape";

interface MarketViewProps {
  /** Null while the symbols are read. */
  symbol: string | null;
  /** Null also where the server doesn't list the symbol. */
  row: SymbolRow | null;
  interval: Interval;
  /** Opens the list of symbols where it is not on the page already. */
  onOpenSymbols: (() => void) | null;
}

export const MarketView = memo(function MarketView(props: MarketViewProps) {
  const { symbol, row, interval, onOpenSymbols } = props;
  return (
    <div className="market">
      <section className="chart-area" aria-label="Chart">
        {symbol === null ? (
          <SkeletonHeader />
        ) : (
          <SymbolHeader symbol={symbol} row={row} onOpenSymbols={onOpenSymbols} />
        )}
        <IntervalBar symbol={symbol} row={row} interval={interval} />
        <ChartPanel symbol={symbol} row={row} interval={interval} />
        {symbol !== null && <CoverageStrip symbol={symbol} interval={interval} />}
      </section>
      {symbol !== null && <TradeTape symbol={symbol} row={row} />}
      {row !== null && <PageTitle row={row} />}
    </div>
  );
});

/** Keeps the price in the title of the browser's tab. */
function PageTitle({ row }: { row: SymbolRow }) {
  const { price, replay } = useQuote(row);
  const shown = price === null ? "" : `${formatDecimal(price, row.price_precision ?? 0)} · `;
  const title = `${shown}${pairName(row)}${replay ? " (replay)" : ""} · Chandlery`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => () => void (document.title = "Chandlery"), []);
  return null;
}
