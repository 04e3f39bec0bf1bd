SELECT o.*, e.position AS number, e.body::text AS placed
FROM ledger.orders o
JOIN ledger.events e ON e.stream = o.id AND e.version = 1
WHERE o.account_id = $1 AND o.mode = 'spot' AND o.symbol = $2
    AND o.placed_at >= $3 AND o.placed_at < $4 AND e.position >= $5
ORDER BY e.position
LIMIT $6
