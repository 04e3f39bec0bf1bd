-- Of each account the first ones by its index, and of those the first.
SELECT f.*
FROM trading.venue_accounts a
CROSS JOIN LATERAL (
    SELECT f.*, o.bot_id, o.client_order_id
    FROM ledger.fills f
    JOIN ledger.orders o ON o.id = f.order_id
    WHERE f.account_id = a.id
        AND ($3::uuid IS NULL OR o.bot_id = $3)
        AND ($4::text IS NULL OR f.symbol = $4)
        AND ($5::text IS NULL OR f.side = $5)
        AND ($6::timestamptz IS NULL OR f.filled_at >= $6)
        AND ($7::timestamptz IS NULL OR f.filled_at < $7)
        AND ($8::timestamptz IS NULL OR (f.filled_at, f.position) < ($8, $9::bigint))
    ORDER BY f.filled_at DESC, f.position DESC
    LIMIT $10) f
WHERE a.user_id = $1::uuid
    AND ($2::uuid IS NULL OR a.id = $2)
    AND ($3::uuid IS NULL OR a.id = (SELECT b.account_id FROM trading.bots b WHERE b.id = $3))
ORDER BY f.filled_at DESC, f.position DESC
LIMIT $10
