SELECT s.*
FROM (
    SELECT t.id FROM ledger.trades t WHERE t.account_id = ANY ($1) AND t.status = 'open'
    UNION
    SELECT s.position_id FROM ledger.position_steps s WHERE s.account_id = ANY ($1) AND s.position > $2) AS held
CROSS JOIN LATERAL (
    SELECT s.account_id, s.bot_id, s.position_id, s.symbol, s.mode, s.quote, s.quantity, s.cost
    FROM ledger.position_steps s WHERE s.position_id = held.id AND s.position <= $2 ORDER BY s.position DESC LIMIT 1) AS s
WHERE s.quantity <> 0
ORDER BY s.account_id, s.symbol, s.position_id
