-- Accounts and the hour of their last snapshot, else when their record begins.
SELECT a.id, s.at AS last, least(
        (SELECT min(o.placed_at) FROM ledger.orders o WHERE o.account_id = a.id),
        (SELECT e.recorded_at FROM ledger.events e WHERE e.stream = a.id AND e.version = 1)) AS begun
FROM trading.venue_accounts a
LEFT JOIN LATERAL (
    SELECT max(s.at) AS at FROM ledger.performance_snapshots s WHERE s.account_id = a.id AND s.bot_id IS NULL) AS s ON true
WHERE s.at IS NULL OR s.at <= $1::timestamptz - interval '1 hour'
ORDER BY a.id
