SELECT * FROM (
    SELECT f.*, e.position AS number
    FROM ledger.fills f
    JOIN ledger.orders o ON o.id = f.order_id AND o.mode = 'spot'
    JOIN ledger.events e ON e.stream = f.order_id AND e.version = 1
    WHERE f.account_id = $1 AND f.symbol = $2 AND ($3::bigint IS NULL OR e.position = $3)
        AND f.filled_at >= $4 AND f.filled_at < $5 AND f.position >= $6
    -- The oldest, or the newest, of them.
    ORDER BY CASE WHEN $7 THEN f.position ELSE -f.position END
    LIMIT $8
) found
ORDER BY position
