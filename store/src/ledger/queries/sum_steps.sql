SELECT own.id AS account_id, s.bot_id, s.quote, s.net, s.closed, s.won
FROM unnest($1::uuid[], $2::bigint[]) AS own (id, after)
CROSS JOIN LATERAL (
    SELECT s.bot_id, s.quote, sum(s.net_pnl)::numeric AS net, sum(s.closed)::bigint AS closed, sum(s.won)::bigint AS won
    FROM ledger.position_steps s
    WHERE s.account_id = own.id AND s.position > own.after AND s.position <= $3
    GROUP BY s.bot_id, s.quote) AS s
