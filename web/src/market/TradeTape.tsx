// The last trades, newest first, in the colour of their taker's side.
import { memo } from "react";

import { problemFromThrown } from "../api/problem";
import type { SymbolRow, Tick } from "../api/types";
import { useZone } from "../shell/zone";
import { formatDecimal } from "./decimal";
import { ReplayBadge } from "./ReplayBadge";
import { formatDate, formatSecond, toMs } from "./time";
import { useTape } from "./trades";

interface TradeTapeProps {
  symbol: string;
  row: SymbolRow | null;
}

export const TradeTape = memo(function TradeTape({ symbol, row }: TradeTapeProps) {
  const { ticks, replay, query } = useTape(symbol);
  return (
    <section className="tape" aria-label="Last trades">
      <header>
        <h3>Trades</h3>
        {(replay || row?.replay) && <ReplayBadge of={row?.replay_of} />}
      </header>
      {query.isError && ticks.length === 0 ? (
        <p className="tape-note" role="alert">
          {problemFromThrown(query.error).title}.{" "}
          <button type="button" className="link-button" onClick={() => void query.refetch()}>
            Try again
          </button>
        </p>
      ) : query.isSuccess && ticks.length === 0 ? (
        <p className="tape-note">No single trades are stored of this symbol.</p>
      ) : (
        <TapeTable ticks={ticks} row={row} />
      )}
    </section>
  );
});

function TapeTable({ ticks, row }: { ticks: Tick[]; row: SymbolRow | null }) {
  return (
    <div className="tape-scroll" tabIndex={0} role="region" aria-label="Table of the last trades">
      <table>
        <thead>
          <tr>
            <th scope="col">Price</th>
            <th scope="col">Quantity</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {ticks.map((tick, index) => (
            <TapeRow key={tickKey(tick, index)} tick={tick} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const TapeRow = memo(function TapeRow({ tick, row }: { tick: Tick; row: SymbolRow | null }) {
  const zone = useZone();
  const ms = toMs(tick.time);
  const tone = tick.side === "buy" ? "is-up" : tick.side === "sell" ? "is-down" : "is-flat";
  const taker = tick.side === null || tick.side === undefined ? "" : `taker ${tick.side}s`;
  return (
    <tr>
      <td className={tone} title={taker}>
        {formatDecimal(tick.price, row?.price_precision ?? 0)}
        {taker !== "" && <span className="visually-hidden"> {taker}</span>}
      </td>
      <td>{formatDecimal(tick.quantity, row?.quantity_precision ?? 0)}</td>
      <td title={`${formatDate(ms, zone)} ${zone}`}>{formatSecond(ms, zone)}</td>
    </tr>
  );
});

/** A trade's id, or what it has where the venue gives none. */
function tickKey(tick: Tick, index: number): string {
  return tick.trade_id ? `${tick.kind} ${tick.trade_id}` : `${tick.time} ${tick.price} ${index}`;
}
