SELECT o.*,
    (SELECT e.body -> 'terms' FROM ledger.events e WHERE e.stream = o.id AND e.version = 1)::text AS terms,
    (SELECT e.body FROM ledger.events e
     WHERE o.status IN ('rejected', 'cancelled') AND e.stream = o.id AND e.kind = o.status
     ORDER BY e.version DESC LIMIT 1)::text AS ending
FROM ledger.orders o
WHERE o.id = $1
