SELECT p.account_id, p.at, p.asset, (-p.amount)::numeric AS amount
FROM ledger.postings p
WHERE p.account_id = ANY ($1) AND p.purse = 'external' AND p.position <= $2 AND p.at < coalesce($3::timestamptz, 'infinity')
ORDER BY p.position
LIMIT $4
