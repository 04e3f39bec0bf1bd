SELECT s.*
FROM unnest($1::uuid[]) AS own (id)
CROSS JOIN LATERAL (
    SELECT max(l.at) AS at FROM ledger.performance_snapshots l
    WHERE l.account_id = own.id AND l.bot_id IS NULL AND l.event <= $2) AS last
JOIN ledger.performance_snapshots s ON s.account_id = own.id AND s.at = last.at
