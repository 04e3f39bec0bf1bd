-- Runs of candles without a hole, whatever their origin: first and last opening time, how many, whether
-- they say that nothing was traded, and whether they are the venue's own.
SELECT min(open_time) AS first, max(open_time) AS last, count(*) AS candles, empty, venue
FROM (
    SELECT open_time, empty, venue,
        open_time - $5::bigint * INTERVAL '1 microsecond'
            * row_number() OVER (PARTITION BY empty, venue ORDER BY open_time) AS island
    FROM (
        SELECT open_time, bool_and(volume = 0) AS empty, bool_or(origin = 'venue') AS venue FROM market.candles
        WHERE symbol_id = $1 AND interval = $2 AND open_time >= $3 AND open_time < $4
        GROUP BY open_time
    ) AS candles
) AS numbered
GROUP BY island, empty, venue
ORDER BY first
