// A bot's trades on the candles of their symbol, kept going by the stream.
import { useMemo, useState } from "react";

import type { RoundTrip } from "../api/ledger";
import { INTERVALS, type Interval } from "../api/types";
import { problemFromThrown } from "../api/problem";
import { Listing } from "../auth/Listing";
import { useCandles } from "../market/candles";
import { ChartCanvas } from "../market/ChartCanvas";
import { placesOf } from "../market/decimal";
import { toMs } from "../market/time";
import { ErrorPanel } from "../shell/StatePanel";
import { PageLink } from "../shell/PageLink";
import { intervalFor, marksOf } from "./marks";
import { useTrades } from "./queries";
import { searchHref } from "./search";
import { TRADE_COLUMNS, TradeRow } from "./TradesPage";

const SHOWN = 10;

export function TradesChart({ bot }: { bot: string }) {
  const found = useTrades({ bot }, 200);
  const [chosen, setChosen] = useState<string | null>(null);
  const trades = found.data?.pages[0]?.trades ?? [];
  const symbols = [...new Set(trades.map(({ symbol }) => symbol))];
  const symbol = symbols.find((each) => each === chosen) ?? symbols[0];
  const own = useMemo(
    () => found.data?.pages[0]?.trades.filter((trade) => trade.symbol === symbol) ?? [],
    [found.data, symbol],
  );
  return (
    <>
      <header className="block-head">
        <h3>Trades</h3>
        {symbols.length > 1 && (
          <div className="choices" role="group" aria-label="Symbol">
            {symbols.map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={each === symbol}
                onClick={() => setChosen(each)}
              >
                {each}
              </button>
            ))}
          </div>
        )}
        <PageLink to={searchHref("/trades", { bot })}>All of its trades</PageLink>
      </header>
      {symbol !== undefined && <Chart key={symbol} symbol={symbol} trades={own} />}
      <Listing query={found} label="Trades" columns={TRADE_COLUMNS} empty="It has no trade yet.">
        {own.slice(0, SHOWN).map((trade) => (
          <TradeRow key={trade.id} trade={trade} />
        ))}
      </Listing>
    </>
  );
}

function Chart({ symbol, trades }: { symbol: string; trades: RoundTrip[] }) {
  // What is seen at first: the last of the trades that the table has.
  const [first] = useState<Interval>(() => {
    const begin = trades[Math.min(SHOWN, trades.length) - 1]?.entry_time;
    return begin === undefined ? "1h" : intervalFor(Date.now() - toMs(begin));
  });
  const [interval, setInterval] = useState<Interval>(first);
  const { bars, history, fetchOlder, restart } = useCandles(symbol, interval);
  const marks = useMemo(() => marksOf(trades, bars ?? []), [trades, bars]);
  const places = Math.max(0, ...(bars ?? []).slice(-50).map((bar) => placesOf(bar.candle.close)));
  if (history.isError && bars === null) {
    const problem = problemFromThrown(history.error);
    return <ErrorPanel problem={problem} onRetry={() => void restart()} />;
  }
  return (
    <div className="trades-chart">
      <div className="choices" role="group" aria-label="Length of a candle">
        {INTERVALS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={each === interval}
            onClick={() => setInterval(each)}
          >
            {each}
          </button>
        ))}
      </div>
      <div className="chart-panel">
        <ChartCanvas
          chartKey={`${symbol} ${interval}`}
          bars={bars ?? []}
          places={places}
          label={`Candles of ${symbol}, ${interval}, with ${marks.length} entries and exits`}
          marks={marks}
          onHover={ignore}
          onNearStart={fetchOlder}
          onLatestVisible={ignore}
          onChart={ignore}
        />
        {bars?.length === 0 && (
          <p className="listing-empty">There are no {interval} candles of this symbol.</p>
        )}
      </div>
    </div>
  );
}

const ignore = () => undefined;
