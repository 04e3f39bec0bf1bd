SELECT asset, coalesce(sum(amount) FILTER (WHERE purse = 'cash'), 0)::numeric AS cash,
    coalesce(sum(amount) FILTER (WHERE purse = 'held'), 0)::numeric AS held, account_id
FROM (
    SELECT b.account_id, b.asset, b.purse, b.amount FROM ledger.balances b
    WHERE b.account_id = ANY ($1) AND b.purse IN ('cash', 'held')
    UNION ALL
    SELECT p.account_id, p.asset, p.purse, -p.amount FROM ledger.balances b
    JOIN ledger.postings p ON p.account_id = b.account_id AND p.asset = b.asset AND p.position > $2 AND p.purse = b.purse
    WHERE b.account_id = ANY ($1) AND b.purse IN ('cash', 'held')) AS moved
WHERE EXISTS (
    SELECT FROM ledger.postings f WHERE f.account_id = moved.account_id AND f.asset = moved.asset AND f.position <= $2)
GROUP BY account_id, asset
ORDER BY account_id, asset
