-- Balances, and every hour's snapshots of accounts and bots over two years, worth what came in and was won.
INSERT INTO ledger.balances
SELECT account_id, asset, purse, sum(amount) FROM ledger.postings GROUP BY account_id, asset, purse;
INSERT INTO ledger.performance_snapshots
SELECT o.account_id, o.bot_id, h.at, coalesce(max(h.event) OVER before, 0), 'USDT', 100000 + sum(coalesce(s.net, 0)) OVER before, 100000,
    sum(coalesce(s.net, 0)) OVER before, 0, 0, sum(coalesce(s.closed, 0)) OVER before, sum(coalesce(s.won, 0)) OVER before,
    100000 + sum(greatest(s.net, 0)) OVER before, jsonb_build_object('USDT', (sum(coalesce(s.net, 0)) OVER before)::text), '{}'
FROM (SELECT account_id, id AS bot_id FROM trading.bots UNION ALL SELECT DISTINCT account_id, NULL::uuid FROM trading.bots) o
CROSS JOIN (
    SELECT g.at, max(s.position) AS event
    FROM generate_series(date_trunc('hour', now() - interval '730 days'), now(), '1 hour') AS g (at)
    LEFT JOIN ledger.position_steps s ON date_trunc('hour', s.at) + interval '1 hour' = g.at
    GROUP BY g.at) h
LEFT JOIN (
    SELECT account_id, bot_id, date_trunc('hour', at) + interval '1 hour' AS at, sum(net_pnl) AS net, sum(closed) AS closed, sum(won) AS won
    FROM ledger.position_steps
    GROUP BY GROUPING SETS ((account_id, bot_id, date_trunc('hour', at) + interval '1 hour'), (account_id, date_trunc('hour', at) + interval '1 hour'))) s
    ON s.account_id = o.account_id AND s.bot_id IS NOT DISTINCT FROM o.bot_id AND s.at = h.at
WINDOW before AS (PARTITION BY o.account_id, o.bot_id ORDER BY h.at);
