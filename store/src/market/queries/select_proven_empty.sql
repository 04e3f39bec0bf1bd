-- Holes between candles built from ticks whose trade ids follow one another: nothing was traded there.
SELECT before + $6::bigint * INTERVAL '1 microsecond' AS from_time, open_time AS to_time
FROM (
    SELECT open_time, first_id, lag(open_time) OVER by_time AS before, lag(last_id) OVER by_time AS before_id
    FROM market.candles
    WHERE symbol_id = $1 AND interval = $2 AND origin = $3 AND open_time >= $4 AND open_time < $5
    WINDOW by_time AS (ORDER BY open_time)
) AS pairs
WHERE first_id = before_id + 1 AND before_id >= 0
  AND open_time > before + $6::bigint * INTERVAL '1 microsecond'
ORDER BY from_time
