// The chart with everything that can stand over it: legend, loading, nothing, errors, and the way
// back to the newest candle.
import { useMemo, useState } from "react";

import { type Problem, problemFromThrown } from "../api/problem";
import type { Interval, SymbolRow } from "../api/types";
import { LatestIcon } from "../shell/icons";
import { ErrorPanel, NothingPanel } from "../shell/StatePanel";
import { type Bar, indexAtOrAfter } from "./bars";
import { useCandles } from "./candles";
import type { CandleChart } from "./chart";
import { ChartCanvas } from "./ChartCanvas";
import { placesOf } from "./decimal";
import { Legend } from "./Legend";
import { ReplayBadge } from "./ReplayBadge";

interface ChartPanelProps {
  symbol: string | null;
  row: SymbolRow | null;
  interval: Interval;
}

export function ChartPanel({ symbol, row, interval }: ChartPanelProps) {
  return (
    <div className="chart-panel">
      {symbol === null ? (
        <ChartSkeleton />
      ) : (
        <LoadedChart symbol={symbol} row={row} interval={interval} />
      )}
    </div>
  );
}

const NO_BARS: Bar[] = [];

function LoadedChart({ symbol, row, interval }: ChartPanelProps & { symbol: string }) {
  const { bars, replay, history, fetchOlder, restart } = useCandles(symbol, interval);
  const [hovered, setHovered] = useState<number | null>(null);
  const [atLatest, setAtLatest] = useState(true);
  const [chart, setChart] = useState<CandleChart | null>(null);
  const shown = bars ?? NO_BARS;
  const places = usePlaces(row, shown);
  const bar = barAt(shown, hovered);
  const isOlderFailed = history.isFetchNextPageError;
  const isFailed = history.isError && bars === null;
  return (
    <>
      <ChartCanvas
        chartKey={`${symbol} ${interval}`}
        bars={shown}
        places={places}
        label={chartLabel(row?.code ?? symbol, interval, shown)}
        onHover={setHovered}
        onNearStart={fetchOlder}
        onLatestVisible={setAtLatest}
        onChart={setChart}
      />
      {bar && (
        <div className="chart-head">
          <Legend bar={bar} row={row} places={places} />
          {replay && !row?.replay && <ReplayBadge of={row?.replay_of} />}
        </div>
      )}
      {history.isFetchingNextPage && (
        <p className="chart-note" role="status">
          Older candles are loading…
        </p>
      )}
      {isOlderFailed && (
        <OlderFailed
          problem={problemFromThrown(history.error)}
          onRetry={() => void history.fetchNextPage()}
        />
      )}
      {bar && !atLatest && (
        <button
          type="button"
          className="to-latest"
          aria-label="Go to the newest candle"
          title="Go to the newest candle"
          onClick={() => chart?.scrollToLatest()}
        >
          <LatestIcon />
        </button>
      )}
      {bars === null && !isFailed && <ChartSkeleton />}
      {isFailed && (
        <ErrorPanel problem={problemFromThrown(history.error)} onRetry={() => void restart()} />
      )}
      {bars?.length === 0 && <NoCandles interval={interval} row={row} />}
    </>
  );
}

function OlderFailed({ problem, onRetry }: { problem: Problem; onRetry: () => void }) {
  return (
    <p className="chart-note is-error" role="alert">
      Older candles didn’t load: {problem.title}.{" "}
      <button type="button" className="link-button" onClick={onRetry}>
        Try again
      </button>
    </p>
  );
}

function NoCandles({ interval, row }: { interval: Interval; row: SymbolRow | null }) {
  const others = row?.intervals.filter((other) => other !== interval) ?? [];
  return (
    <NothingPanel title={`No ${interval} candles of this symbol`}>
      <p>
        {others.length > 0
          ? `There are candles of ${others.join(", ")}.`
          : "Candles appear here as trades arrive or are imported."}
      </p>
    </NothingPanel>
  );
}

/** Heights that look like candles, in percent. */
const SKELETON_BARS = [34, 40, 37, 46, 52, 48, 57, 50, 44, 49, 58, 64, 60, 69, 74, 66, 61, 70];

function ChartSkeleton() {
  return (
    <div className="chart-skeleton" role="status" aria-label="The chart is loading">
      {SKELETON_BARS.map((height, index) => (
        <span key={index} className="skeleton" style={{ height: `${height}%` }} />
      ))}
    </div>
  );
}

/** Places of the price axis: the symbol's own, else as many as the newest candles need. */
function usePlaces(row: SymbolRow | null, bars: Bar[]): number {
  return useMemo(() => {
    if (row !== null && typeof row.price_precision === "number") return row.price_precision;
    return Math.max(0, ...bars.slice(-100).map(({ candle }) => placesOf(candle.close)));
  }, [row, bars]);
}

/** The bar at an open time, else the newest. */
function barAt(bars: Bar[], time: number | null): Bar | undefined {
  const at = time === null ? undefined : bars[indexAtOrAfter(bars, time)];
  return at !== undefined && at.time === time ? at : bars.at(-1);
}

function chartLabel(code: string, interval: Interval, bars: Bar[]): string {
  const last = bars.at(-1);
  const close = last === undefined ? "" : `, last close ${last.candle.close}`;
  return `Candles of ${code}, ${interval}${close}. Arrow keys move, plus and minus zoom.`;
}
