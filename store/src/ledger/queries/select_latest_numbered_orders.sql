SELECT o.*, e.position AS number, e.body::text AS placed
FROM (
    SELECT * FROM ledger.orders
    WHERE account_id = $1 AND mode = 'spot' AND symbol = $2 AND placed_at < $3
    ORDER BY placed_at DESC, id DESC LIMIT $4
) o
JOIN ledger.events e ON e.stream = o.id AND e.version = 1
ORDER BY e.position
