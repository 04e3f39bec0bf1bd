INSERT INTO ledger.performance_snapshots (
    account_id, bot_id, at, event, currency, equity, cash, realised_pnl, unrealised_pnl, open_positions, closed_trades,
    won_trades, peak, totals, unpriced)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT DO NOTHING
