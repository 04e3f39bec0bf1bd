SELECT s.*
FROM ledger.performance_snapshots s
WHERE s.account_id = ANY ($1) AND (s.bot_id = $2 OR $2::uuid IS NULL AND s.bot_id IS NULL)
    AND s.at >= coalesce($3::timestamptz, '-infinity') AND s.at < coalesce($4::timestamptz, 'infinity')
    AND (NOT $5 OR s.at = date_bin('1 day', s.at, '2000-01-01Z'::timestamptz))
ORDER BY s.at DESC, s.account_id
LIMIT $6
