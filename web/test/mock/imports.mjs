// Imports of the mock server: one that is reconciled, and one that is not.
const HOUR_MS = 3_600_000;
const ago = (/** @type {number} */ hours) => new Date(Date.now() - hours * HOUR_MS).toISOString();
const LOCKS = "holds pairs that were not to be traded for a time, no trading";
const NONE = { rows: 0, imported: 0, known: 0, skipped: 0, differs: 0 };

/** @param {any} position @param {number} at */
const trade = (position, at) => ({
  ...{ row: String(at + 1), pair: at % 2 === 0 ? "BTC/USDT" : "ETH/USDT", outcome: "imported" },
  ...{ is_open: false, position: position.id, profit_here: "0.355", profit_told: "0.355" },
  ...{ ratio_here: "0.01", ratio_told: "0.01", causes: [], reconciled: true },
});

/** Newest first. @param {import("./trading.mjs").Trading} trading @param {any[]} orders @param {any[]} positions @returns {any[]} */
export function importsOf({ bots, accounts }, orders, positions) {
  const about = { account: accounts[1]?.id, bot: bots[2].id, digest: "9e001b9bd48b6b2a".repeat(4) };
  const trades = Array.from({ length: 130 }, (_, at) => trade(positions[at % 70], at));
  const fee = { part: "entry_fees", cause: "fee_in_other_asset", here: "0", told: "-0.01492580" };
  Object.assign(trades[2] ?? {}, {
    ...{ outcome: "differs", profit_told: "0.340074200049", other_fees: { BNB: "0.00011393" } },
    causes: [{ ...fee, difference: "0.01492580" }],
  });
  const tables = {
    orders: { ...NONE, rows: 260, imported: 260 },
    pairlocks: { ...NONE, rows: 47, skipped: 47, reason: LOCKS },
    trades: { ...NONE, rows: 130, imported: 129, differs: 1 },
  };
  const totals = {
    USDT: {
      ...{ closed: 130, open: 0, profit_here: "46.15", profit_told: "46.135074200049" },
      difference: "0.014925799951",
    },
  };
  const rest = "0.0009565 of it is not the trade's, and an order of the account without a bot";
  const ids = orders.map(({ id }) => id);
  const rows = [
    { table: "orders", row: "5", outcome: "imported", orders: ids.slice(0, 2), reason: rest },
    { table: "orders", row: "6", outcome: "imported", orders: ids.slice(2, 3) },
  ];
  const wrong = { ...trade(positions[1], 1), outcome: "differs", profit_told: "2.5" };
  const unknown = { part: "sum_of_the_file", cause: null, here: "0.355", told: "2.5" };
  const counts = { orders: NONE, trades: { ...NONE, rows: 2, skipped: 1, differs: 1 } };
  const reason =
    'trades row Cross 1, column pair: "BTC/USD:BTC" is settled in another asset than its quote; such contracts are not kept';
  return [
    {
      ...{ ...about, id: "2", file: "backtest-result.zip", source: "freqtrade_results", counts },
      ...{ reconciled: false, began_at: ago(2), ended_at: ago(2) },
      report: {
        ...{ tables: counts, totals: {} },
        trades: [{ ...wrong, causes: [{ ...unknown, difference: "-2.145" }], reconciled: false }],
        rows: [{ table: "trades", row: "Cross 1", outcome: "skipped", reason }],
      },
    },
    {
      ...{ ...about, id: "1", file: "tradesv3.sqlite", source: "freqtrade_database" },
      ...{ counts: tables, reconciled: true, began_at: ago(30), ended_at: ago(30) },
      report: { tables, totals, trades, rows },
    },
  ];
}
