SELECT s.*
FROM ledger.performance_snapshots s
WHERE s.account_id = $1 AND s.at = (
    SELECT max(l.at) FROM ledger.performance_snapshots l WHERE l.account_id = $1 AND l.bot_id IS NULL AND l.event <= $2)
