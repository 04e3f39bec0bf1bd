SELECT s.bot_id, s.quote, sum(s.net_pnl)::numeric AS net, sum(s.closed)::bigint AS closed, sum(s.won)::bigint AS won
FROM ledger.position_steps s
WHERE s.account_id = $1 AND s.position > $2 AND s.position <= $3
GROUP BY s.bot_id, s.quote
