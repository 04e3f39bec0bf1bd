// The trades and rows of an import's report, by what became of them; long ones a hundred at a time.
import { type ReactNode, useState } from "react";

import type { Outcome, RowReport, TradeReport } from "../api/imports";
import { PageLink } from "../shell/PageLink";
import { Amount } from "./Amount";
import { differenceOf, notesOf, OUTCOMES } from "./imported";
import { searchHref } from "./search";

const PAGE = 100;
const ALL = "all";
const ORDER: Outcome[] = ["skipped", "differs", "imported", "known"];

export function ImportTrades({ trades }: { trades: TradeReport[] }) {
  const open = trades.filter(({ reconciled }) => !reconciled);
  return (
    <Parts
      title="Trades"
      columns={["Trade", "Became", "Profit here", "In the file", "Difference", "To be known"]}
      all={trades}
      first={open.length === 0 ? [] : [["not reconciled", open]]}
      row={(trade) => <TradeRow key={trade.row} of={trade} />}
    />
  );
}

export function ImportRows({ rows }: { rows: RowReport[] }) {
  const told = rows.filter(({ reason }) => reason !== undefined);
  return (
    <Parts
      title="Orders, and rows that are not taken"
      columns={["Row", "Became", "Orders", "To be known"]}
      all={rows}
      first={told.length === 0 ? [] : [["with a note", told]]}
      row={(each) => <FileRow key={`${each.table} ${each.row}`} of={each} />}
    />
  );
}

interface PartsProps<T> {
  title: string;
  columns: string[];
  all: T[];
  /** What is offered, and shown, before the rest. */
  first: [string, T[]][];
  row: (each: T) => ReactNode;
}

function Parts<T extends { outcome: Outcome }>({ title, columns, all, first, row }: PartsProps<T>) {
  const byOutcome = ORDER.map((outcome): [string, T[]] => [
    OUTCOMES[outcome],
    all.filter((each) => each.outcome === outcome),
  ]).filter(([, part]) => part.length > 0);
  const parts: [string, T[]][] = [...first, ...byOutcome, [ALL, all]];
  const [chosen, setChosen] = useState(parts[0]?.[0] ?? ALL);
  const [most, setMost] = useState(PAGE);
  if (all.length === 0) return null;
  const part = parts.find(([name]) => name === chosen)?.[1] ?? all;
  return (
    <>
      <h3>{title}</h3>
      <div className="choices" role="group" aria-label={title}>
        {parts.map(([name, { length }]) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === chosen}
            onClick={() => {
              setChosen(name);
              setMost(PAGE);
            }}
          >
            {name} {length}
          </button>
        ))}
      </div>
      <table className="listing" aria-label={title}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{part.slice(0, most).map(row)}</tbody>
      </table>
      {part.length > most && (
        <button type="button" className="button" onClick={() => setMost(most + PAGE)}>
          {part.length - most} more
        </button>
      )}
    </>
  );
}

const LOOK: Partial<Record<Outcome, string>> = { skipped: "tag is-bad", imported: "tag is-good" };

function Became({ outcome }: { outcome: Outcome }) {
  return <span className={LOOK[outcome] ?? "tag"}>{OUTCOMES[outcome]}</span>;
}

function TradeRow({ of: trade }: { of: TradeReport }) {
  const { position, reconciled } = trade;
  return (
    <tr>
      <th scope="row">
        {position === null ? (
          <span>{trade.pair}</span>
        ) : (
          <PageLink to={searchHref("/explain", { position })} className="row-link">
            {trade.pair}
          </PageLink>
        )}
        <small>
          trade {trade.row}
          {trade.is_open && ", open"}
        </small>
      </th>
      <td data-label="Became">
        <span>
          <Became outcome={trade.outcome} />{" "}
          {!reconciled && <span className="tag is-bad">not reconciled</span>}
        </span>
      </td>
      <td data-label="Profit here">
        <Amount value={trade.profit_here ?? null} signed />
      </td>
      <td data-label="In the file">
        <Amount value={trade.profit_told ?? null} signed />
      </td>
      <td data-label="Difference">
        <Amount value={differenceOf(trade)} />
      </td>
      <td data-label="To be known">
        <Notes all={notesOf(trade)} />
      </td>
    </tr>
  );
}

function FileRow({ of: { table, row, outcome, orders = [], reason } }: { of: RowReport }) {
  return (
    <tr>
      <th scope="row">
        <span>{row}</span>
        <small>{table}</small>
      </th>
      <td data-label="Became">
        <span>
          <Became outcome={outcome} />
        </span>
      </td>
      <td data-label="Orders">
        <ul>
          {orders.map((order, at) => (
            <li key={order}>
              <PageLink to={`/orders/${order}`}>{at === 0 ? "the order" : "its rest"}</PageLink>
            </li>
          ))}
        </ul>
      </td>
      <td data-label="To be known">
        <Notes all={reason === undefined ? [] : [reason]} />
      </td>
    </tr>
  );
}

function Notes({ all }: { all: string[] }) {
  if (all.length === 0) return <span className="is-faint">–</span>;
  return (
    <ul>
      {all.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}
