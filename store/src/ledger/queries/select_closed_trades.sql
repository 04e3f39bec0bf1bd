-- Read by the places of the columns; what most trades have in common is null.
SELECT t.symbol, coalesce(t.quote, '') AS quote, t.direction = 'short' AS short, t.entry_time, t.exit_time, nullif(t.leverage, 1) AS leverage,
    coalesce(t.entry_value, 0)::numeric AS entry_value, coalesce(t.exit_value, 0)::numeric AS exit_value, t.commission::numeric,
    nullif(t.other_fees, '{}') AS other_fees, nullif(t.funding::numeric, 0) AS funding, t.net_pnl::numeric, t.pnl_ratio::numeric,
    CASE $14::text WHEN 'bot' THEN t.bot_id::text WHEN 'symbol' THEN t.symbol WHEN 'interval' THEN t."interval"
        WHEN 'entry_logic' THEN t.entry_logic_name WHEN 'exit_logic' THEN t.exit_logic_name WHEN 'strategy' THEN t.strategy_name
        WHEN 'exit_reason' THEN t.exit_reason WHEN 'direction' THEN t.direction END AS "group"
FROM ledger.trades t
WHERE t.status = 'closed'
    -- A bot's by the index of bots alone, in its order: "coalesce" keeps its account's, which would leave out next to none, from being read beside
    -- it, and fewer rows than there are from being expected.
    AND CASE WHEN $2::uuid IS NULL THEN t.account_id = ANY ($1) ELSE t.bot_id = $2 AND coalesce(t.account_id = ANY ($1), false) END
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
