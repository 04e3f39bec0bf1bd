SELECT t.bot_id, t.symbol, coalesce(t.quote, '') AS quote, t.direction, t.strategy_name, t.entry_logic_name, t.exit_logic_name, t."interval",
    t.exit_reason, t.entry_time, t.exit_time, coalesce(t.leverage, 1) AS leverage,
    coalesce(t.entry_value, 0)::numeric AS entry_value, coalesce(t.exit_value, 0)::numeric AS exit_value, t.commission, t.other_fees, t.funding,
    t.gross_pnl, t.net_pnl, t.pnl_ratio
FROM ledger.trades t
WHERE t.account_id = ANY ($1) AND t.status = 'closed'
    AND ($2::uuid IS NULL OR t.bot_id = $2)
    AND ($3::text IS NULL OR t.symbol = $3)
    AND ($4::text IS NULL OR t.strategy_name = $4)
    AND ($5::text IS NULL OR t."interval" = $5)
    AND ($6::text IS NULL OR t.entry_logic_name = $6)
    AND ($7::text IS NULL OR t.exit_logic_name = $7)
    AND t.exit_time >= coalesce($8::timestamptz, '-infinity') AND t.exit_time < coalesce($9::timestamptz, 'infinity')
    AND ($11::text IS NULL OR t.direction = $11)
    AND ($12::text IS NULL OR t.exit_reason = $12)
    AND ($13::text IS NULL OR CASE $13 WHEN 'profit' THEN t.net_pnl > 0 ELSE t.net_pnl < 0 END)
ORDER BY t.exit_time, t.position
LIMIT $10
