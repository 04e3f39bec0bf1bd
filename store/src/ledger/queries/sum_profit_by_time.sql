SELECT date_bin($5, s.at, '2000-01-01Z'::timestamptz) AS begins, s.quote, sum(s.net_pnl)::numeric AS net
FROM ledger.position_steps s
-- As in select_closed_trades.sql.
WHERE CASE WHEN $2::uuid IS NULL THEN s.account_id = ANY ($1) ELSE s.bot_id = $2 AND coalesce(s.account_id = ANY ($1), false) END
    AND s.at >= coalesce($3::timestamptz, '-infinity') AND s.at < $4
GROUP BY 1, 2
