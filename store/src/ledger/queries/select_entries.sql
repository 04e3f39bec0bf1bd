-- Of each account the first ones by its index, and of those the first.
SELECT p.*
FROM trading.venue_accounts a
CROSS JOIN LATERAL (
    SELECT p.at, p.position, p.line, p.account_id, p.asset, p.purse, p.amount, e.kind, e.recorded_at,
        o.id AS order_id, o.client_order_id, f.venue_trade_id,
        coalesce(o.bot_id, (e.body->>'bot')::uuid) AS bot_id, coalesce(o.symbol, e.body->>'symbol') AS symbol
    FROM ledger.postings p
    JOIN ledger.events e ON e.position = p.position
    LEFT JOIN ledger.orders o ON o.id = e.stream
    LEFT JOIN ledger.fills f ON f.order_id = e.stream AND f.position = p.position
    WHERE p.account_id = a.id
        AND p.at >= coalesce($3::timestamptz, '-infinity') AND p.at < coalesce($4::timestamptz, 'infinity')
        AND p.at <= coalesce($5::timestamptz, 'infinity')
        AND ($5::timestamptz IS NULL OR (p.at, p.position, p.line) < ($5, $6::bigint, $7::smallint))
        AND ($8::text IS NULL OR p.asset = $8)
        AND ($9::text IS NULL OR p.purse = $9)
        AND ($10::text IS NULL OR e.kind = $10)
        AND ($11::uuid IS NULL OR coalesce(o.bot_id, (e.body->>'bot')::uuid) = $11)
    ORDER BY p.at DESC, p.position DESC, p.line DESC
    LIMIT $12) p
WHERE a.user_id = $1::uuid
    AND ($2::uuid IS NULL OR a.id = $2)
    AND ($11::uuid IS NULL OR a.id = (SELECT b.account_id FROM trading.bots b WHERE b.id = $11))
ORDER BY p.at DESC, p.position DESC, p.line DESC
LIMIT $12
