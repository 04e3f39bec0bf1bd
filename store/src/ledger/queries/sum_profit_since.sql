SELECT s.account_id, s.bot_id, s.quote, sum(s.net_pnl)::numeric AS net
FROM ledger.position_steps s
WHERE s.account_id = ANY ($1) AND s.at >= $2 AND s.at < $3 AND s.position <= $4
GROUP BY 1, 2, 3
