// What was taken in of other programs' records, and what became of each of their rows.
import { body, client } from "./request";
import type { components } from "./schema";

/** The rows of a table by what became of them. */
export interface Counts {
  rows: number;
  imported: number;
  known: number;
  skipped: number;
  differs: number;
  /** Why all of a table is not taken. */
  reason?: string;
}

type Tables = Record<string, Counts>;
export type Import = Omit<components["schemas"]["ImportBody"], "counts"> & { counts: Tables };

/** What became of a row, a trade or an order. */
export type Outcome = "imported" | "known" | "skipped" | "differs";

/** An order, or a row that is not taken. */
export interface RowReport {
  table: string;
  row: string;
  outcome: Outcome;
  orders?: string[];
  reason?: string;
}

/** A part of a profit that differs. */
export interface Cause {
  part: string;
  cause: string | null;
  here: string;
  told: string;
  difference: string;
}

export interface TradeReport {
  row: string;
  pair: string;
  outcome: Outcome;
  is_open: boolean;
  position: string | null;
  profit_here?: string;
  profit_told?: string | null;
  causes?: Cause[];
  other_fees?: Record<string, string>;
  notes?: string[];
  reconciled: boolean;
}

/** The profits in one asset. */
export interface Total {
  closed: number;
  open: number;
  profit_here: string;
  profit_told: string;
  difference: string;
}

/** docs/import-trades.md tells each field. */
export interface Report {
  tables: Tables;
  totals: Record<string, Total>;
  trades: TradeReport[];
  rows: RowReport[];
}

// The interface tells these two as objects of any shape.
const counted = (each: components["schemas"]["ImportBody"]): Import => each as unknown as Import;

/** A page of one's imports, the newest first. */
export async function fetchImports(cursor: string | null, signal: AbortSignal) {
  const params = { query: { limit: 50, ...(cursor === null ? {} : { cursor }) } };
  const { imports, next } = await body(
    (signal) => client.GET("/v1/ledger/imports", { params, signal }),
    signal,
  );
  return { imports: imports.map(counted), next };
}

export async function fetchImport(id: string, signal: AbortSignal) {
  const params = { path: { id } };
  const { report, ...about } = await body(
    (signal) => client.GET("/v1/ledger/imports/{id}", { params, signal }),
    signal,
  );
  return { about: counted(about), report: report as unknown as Report };
}
