-- Of each account the first ones by its index, and of those the first.
SELECT r.*
FROM trading.venue_accounts a
CROSS JOIN LATERAL (
    SELECT r.*
    FROM ledger.trades r
    WHERE r.account_id = a.id
        AND ($3::uuid IS NULL OR r.bot_id = $3)
        AND ($4::text IS NULL OR r.symbol = $4)
        AND ($5::text IS NULL OR r.status = $5)
        AND ($6::timestamptz IS NULL OR r.entry_time >= $6)
        AND ($7::timestamptz IS NULL OR r.entry_time < $7)
        AND ($8::timestamptz IS NULL OR (r.entry_time, r.id) < ($8, $9::uuid))
        AND ($11::text IS NULL OR r.strategy_name = $11)
        AND ($12::text IS NULL OR r.direction = $12)
        AND ($13::text IS NULL OR CASE $13 WHEN 'profit' THEN r.net_pnl > 0 ELSE r.net_pnl < 0 END)
        AND ($14::text IS NULL OR r.exit_reason = $14)
        AND ($15::text IS NULL OR r.entry_logic_name = $15)
        AND ($16::text IS NULL OR r.exit_logic_name = $16)
        AND ($17::text IS NULL OR r."interval" = $17)
    ORDER BY r.entry_time DESC, r.id DESC
    LIMIT $10) r
WHERE a.user_id = $1::uuid
    AND ($2::uuid IS NULL OR a.id = $2)
    AND ($3::uuid IS NULL OR a.id = (SELECT b.account_id FROM trading.bots b WHERE b.id = $3))
ORDER BY r.entry_time DESC, r.id DESC
LIMIT $10
