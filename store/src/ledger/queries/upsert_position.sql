INSERT INTO ledger.positions (
    id, account_id, bot_id, symbol, mode, direction, status, qty_open, avg_price, realized_pnl,
    opened_at, closed_at, state, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::text::json, $14)
ON CONFLICT (id) DO UPDATE SET
    status = EXCLUDED.status, qty_open = EXCLUDED.qty_open, avg_price = EXCLUDED.avg_price,
    realized_pnl = EXCLUDED.realized_pnl, closed_at = EXCLUDED.closed_at, state = EXCLUDED.state,
    position = EXCLUDED.position
