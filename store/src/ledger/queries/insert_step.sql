WITH last AS (
    SELECT realised - entry_fees - exit_fees + funding AS net,
        (quantity = 0)::int AS closed, (quantity = 0 AND realised - entry_fees - exit_fees + funding > 0)::int AS won
    FROM ledger.position_steps WHERE position_id = $1 ORDER BY position DESC LIMIT 1
), this AS (
    SELECT $17::numeric - $13::numeric - $16::numeric + $18::numeric AS net, ($8::numeric = 0)::int AS closed,
        coalesce((body->'fill'->>'time')::timestamptz, (body->>'time')::timestamptz, recorded_at) AS at
    FROM ledger.events WHERE position = $2
)
INSERT INTO ledger.position_steps (
    position_id, position, account_id, bot_id, symbol, mode, quote, at, quantity, cost, largest,
    entry_quantity, entry_value, entry_fees, exit_quantity, exit_value, exit_fees, realised, funding, fees,
    exit_logic, exit_reason, net_pnl, closed, won)
SELECT $1, $2, $3, $4, $5, $6, $7, this.at, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
    this.net - coalesce(last.net, 0), this.closed - coalesce(last.closed, 0),
    (this.closed = 1 AND this.net > 0)::int - coalesce(last.won, 0)
FROM this LEFT JOIN last ON true
