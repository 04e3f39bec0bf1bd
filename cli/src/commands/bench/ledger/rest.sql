-- Balances, and an hour's snapshots over two years.
INSERT INTO ledger.balances
SELECT account_id, asset, purse, sum(amount) FROM ledger.postings GROUP BY account_id, asset, purse;
INSERT INTO ledger.performance_snapshots
SELECT o.account_id, o.bot_id, h, 0, 'USDT', 100000 + 50 * extract(epoch FROM h - now() + interval '730 days') / 3600, 100000, 0, 0, 0, 0, 0,
    100000 + 50 * extract(epoch FROM h - now() + interval '730 days') / 3600, '{}', '{}'
FROM (SELECT account_id, id AS bot_id FROM trading.bots UNION ALL SELECT DISTINCT account_id, NULL::uuid FROM trading.bots) o
CROSS JOIN generate_series(date_trunc('hour', now() - interval '730 days'), now(), '1 hour') h;
