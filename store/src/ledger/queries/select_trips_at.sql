SELECT p.state::text AS state, s.*
FROM ledger.positions p
CROSS JOIN LATERAL (
    SELECT * FROM ledger.position_steps s WHERE s.position_id = p.id AND s.position <= $18 ORDER BY s.position DESC LIMIT 1) AS s
WHERE p.account_id IN (SELECT a.id FROM trading.venue_accounts a WHERE a.user_id = $1::uuid)
    AND ($2::uuid IS NULL OR p.account_id = $2)
    AND ($3::uuid IS NULL OR p.bot_id = $3)
    AND ($4::text IS NULL OR p.symbol = $4)
    AND ($5::text IS NULL OR ($5 = 'open') = (s.quantity <> 0))
    AND ($6::timestamptz IS NULL OR p.opened_at >= $6)
    AND ($7::timestamptz IS NULL OR p.opened_at < $7)
    AND ($8::timestamptz IS NULL OR (p.opened_at, p.id) < ($8, $9::uuid))
    AND ($11::text IS NULL OR p.state->'opened_by'->>'strategy' = $11)
    AND ($12::text IS NULL OR p.direction = $12)
    AND ($13::text IS NULL
        OR sign((s.realised - s.entry_fees - s.exit_fees + s.funding)::numeric) = CASE $13 WHEN 'profit' THEN 1 ELSE -1 END)
    AND ($14::text IS NULL OR s.exit_reason = $14)
    AND ($15::text IS NULL OR p.state->'opened_by'->>'entry_logic' = $15)
    AND ($16::text IS NULL OR s.exit_logic = $16)
    AND ($17::text IS NULL OR p.state->'opened_by'->>'interval' = $17)
ORDER BY p.opened_at DESC, p.id DESC
LIMIT $10
