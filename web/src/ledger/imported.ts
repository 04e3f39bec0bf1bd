// What the report of an import says, in sums and in words.
import type { Cause, Counts, Outcome, TradeReport } from "../api/imports";
import { formatDecimal, round, subtract } from "../market/decimal";
import { words } from "./order";

/** What became of rows, in words. */
export const OUTCOMES: Record<Outcome, string> = {
  imported: "written",
  known: "known before",
  differs: "differs",
  skipped: "not taken",
};

/** All tables that hold trading, together. */
export function together(tables: Record<string, Counts>): Counts {
  const sum: Counts = { rows: 0, imported: 0, known: 0, skipped: 0, differs: 0 };
  for (const each of Object.values(tables)) {
    // A table that is left out as a whole says why; nothing of trading is in it.
    if (each.reason !== undefined) continue;
    sum.rows += each.rows;
    sum.imported += each.imported;
    sum.known += each.known;
    sum.skipped += each.skipped;
    sum.differs += each.differs;
  }
  return sum;
}

const SOURCES: Record<string, string> = {
  freqtrade_database: "freqtrade’s database",
  freqtrade_results: "freqtrade’s results",
};

/** What kind of file it was. */
export const sourceText = (source: string): string => SOURCES[source] ?? words(source);

const CAUSES: Record<string, string> = {
  fee_in_base: "the venue took base; freqtrade counts its rate",
  fee_in_other_asset: "paid in another asset, here beside the profit",
  fee_by_rate: "counted by its rate on both sides",
  rest: "a rest stayed in the account; freqtrade counts it as sold",
  told_without_fees: "the file’s profit is told without its fees",
};
const READ_PLACES = 8;
const read = (amount: string) => formatDecimal(round(amount, READ_PLACES));

/** `entry fees: −0.02 here, −0.03 in the file; paid in another asset`. */
export function causeText({ part, cause, here, told }: Cause): string {
  const why = cause === null ? "no known cause" : (CAUSES[cause] ?? words(cause));
  return `${words(part)}: ${read(here)} here, ${read(told)} in the file; ${why}`;
}

/** Profit here less the file's; null where one of them is not told. */
export function differenceOf({ profit_here, profit_told }: TradeReport): string | null {
  if (profit_here === undefined || profit_told === undefined || profit_told === null) return null;
  return subtract(profit_here, profit_told);
}

/** Everything that is to be known of a trade beside its figures. */
export function notesOf({ causes = [], other_fees = {}, notes = [] }: TradeReport): string[] {
  const fees = Object.entries(other_fees).map(
    ([asset, amount]) => `fees of ${read(amount)} ${asset} beside the profit`,
  );
  return [...causes.map(causeText), ...fees, ...notes];
}
