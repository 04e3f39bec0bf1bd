-- What there is now without a time, and what came and went since $2.
SELECT NULL::timestamptz AS begins, b.asset, sum(b.amount)::numeric AS amount
FROM ledger.balances b WHERE b.account_id = ANY ($1) AND b.purse IN ('cash', 'held') GROUP BY b.asset
UNION ALL
SELECT date_bin($3, p.at, '2000-01-01Z'::timestamptz), p.asset, sum(p.amount)::numeric
FROM ledger.postings p WHERE p.account_id = ANY ($1) AND p.purse IN ('cash', 'held') AND p.at >= $2 GROUP BY 1, 2
