-- Days of ticks that have rows before $2, of one symbol or of all.
SELECT p.*, h.last_time, EXISTS (
    SELECT FROM market.gaps g
    WHERE g.repaired_at IS NULL AND g.symbol_id = p.symbol_id
      AND g.range && tstzrange(p.range_from, p.range_from + INTERVAL '1 day')) AS has_gap
FROM (
    SELECT symbol_id, 'tick' AS interval, CASE WHEN aggregated THEN 'agg_trade' ELSE 'trade' END AS origin,
           date_trunc('day', time, 'UTC') AS range_from,
           count(*) AS row_count, sum(pg_column_size(t.*))::bigint AS bytes
    FROM market.ticks t
    WHERE ($1::int IS NULL OR symbol_id = $1) AND time < $2
    GROUP BY symbol_id, aggregated, date_trunc('day', time, 'UTC')
) p
JOIN market.holdings h USING (symbol_id, interval, origin)
