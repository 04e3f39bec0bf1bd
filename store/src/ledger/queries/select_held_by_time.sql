-- What was held at $3, and the last state in each bucket from then on.
(SELECT s.position_id, NULL::timestamptz AS begins, s.symbol, s.mode, s.quote, s.quantity, s.cost
 FROM (
    SELECT t.id FROM ledger.trades t
    WHERE t.account_id = ANY ($1) AND ($2::uuid IS NULL OR t.bot_id = $2) AND t.status = 'open' AND t.entry_time < $3
    UNION ALL
    SELECT t.id FROM ledger.trades t
    WHERE t.account_id = ANY ($1) AND ($2::uuid IS NULL OR t.bot_id = $2) AND t.status = 'closed' AND t.exit_time >= $3
        AND t.entry_time < $3) AS held
 CROSS JOIN LATERAL (
    SELECT * FROM ledger.position_steps s WHERE s.position_id = held.id AND s.at < $3 ORDER BY s.position DESC LIMIT 1) AS s
 WHERE s.quantity <> 0)
UNION ALL
(SELECT DISTINCT ON (s.position_id, date_bin($5, s.at, '2000-01-01Z'::timestamptz))
    s.position_id, date_bin($5, s.at, '2000-01-01Z'::timestamptz), s.symbol, s.mode, s.quote, s.quantity, s.cost
 FROM ledger.position_steps s
 WHERE s.account_id = ANY ($1) AND ($2::uuid IS NULL OR s.bot_id = $2) AND s.at >= $3 AND s.at < $4
 ORDER BY s.position_id, date_bin($5, s.at, '2000-01-01Z'::timestamptz), s.position DESC)
LIMIT $6
