-- Of each account the first ones by its index, and of those the first.
SELECT r.*
FROM trading.venue_accounts a
CROSS JOIN LATERAL (
    SELECT r.*
    FROM ledger.positions r
    WHERE r.account_id = a.id
        AND ($3::uuid IS NULL OR r.bot_id = $3)
        AND ($4::text IS NULL OR r.symbol = $4)
        AND ($5::text IS NULL OR r.status = $5)
        AND ($6::timestamptz IS NULL OR r.opened_at >= $6)
        AND ($7::timestamptz IS NULL OR r.opened_at < $7)
        AND ($8::timestamptz IS NULL OR (r.opened_at, r.id) < ($8, $9::uuid))
        AND ($11::text IS NULL OR r.state->'opened_by'->>'strategy' = $11)
        AND ($12::text IS NULL OR r.direction = $12)
    ORDER BY r.opened_at DESC, r.id DESC
    LIMIT $10) r
WHERE a.user_id = $1::uuid
    AND ($2::uuid IS NULL OR a.id = $2)
    AND ($3::uuid IS NULL OR a.id = (SELECT b.account_id FROM trading.bots b WHERE b.id = $3))
ORDER BY r.opened_at DESC, r.id DESC
LIMIT $10
