-- Of each account the first ones by its index, and of those the first.
SELECT o.*,
    (SELECT e.body -> 'terms' FROM ledger.events e WHERE $14 AND e.stream = o.id AND e.version = 1)::text AS terms,
    (SELECT e.body FROM ledger.events e
     WHERE $14 AND o.status IN ('rejected', 'cancelled') AND e.stream = o.id AND e.kind = o.status
     ORDER BY e.version DESC LIMIT 1)::text AS ending
FROM trading.venue_accounts a
CROSS JOIN LATERAL (
    SELECT o.*
    FROM ledger.orders o
    WHERE o.account_id = a.id
        AND ($3::uuid IS NULL OR o.bot_id = $3)
        AND ($4::text IS NULL OR o.symbol = $4)
        AND ($5::text[] = '{}' OR o.status = ANY ($5))
        AND ($6::timestamptz IS NULL OR o.placed_at >= $6)
        AND ($7::timestamptz IS NULL OR o.placed_at < $7)
        AND ($8::timestamptz IS NULL OR (o.placed_at, o.id) < ($8, $9::uuid))
        AND ($11::text IS NULL OR o.side = $11)
        AND ($12::text IS NULL OR o.strategy = $12)
        AND ($13::text IS NULL OR o.kind = $13)
    ORDER BY o.placed_at DESC, o.id DESC
    LIMIT $10) o
WHERE ($1::uuid IS NULL OR a.user_id = $1)
    AND ($2::uuid IS NULL OR a.id = $2)
    AND ($3::uuid IS NULL OR a.id = (SELECT b.account_id FROM trading.bots b WHERE b.id = $3))
ORDER BY o.placed_at DESC, o.id DESC
LIMIT $10
