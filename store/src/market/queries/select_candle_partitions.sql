-- Months of candles that have rows before $2, of one symbol or of all.
SELECT p.*, h.last_time, EXISTS (
    SELECT FROM market.gaps g
    WHERE g.repaired_at IS NULL AND g.symbol_id = p.symbol_id
      AND g.range && tstzrange(p.range_from, p.range_from + INTERVAL '1 month 7 days')) AS has_gap
FROM (
    SELECT symbol_id, interval, origin, date_trunc('month', open_time, 'UTC') AS range_from,
           count(*) AS row_count, sum(pg_column_size(c.*))::bigint AS bytes
    FROM market.candles c
    WHERE ($1::int IS NULL OR symbol_id = $1) AND open_time < $2
    GROUP BY symbol_id, interval, origin, date_trunc('month', open_time, 'UTC')
) p
JOIN market.holdings h USING (symbol_id, interval, origin)
