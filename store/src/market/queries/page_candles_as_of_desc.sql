-- Candles as they were known at a time: those written by then and not since, and of those that were
-- corrected since what they said then. Which one of several origins, and what a row tells of
-- segments: see page_candles_desc.sql.
-- Parameters: symbol, interval, origin or null, from, to (exclusive), limit, the time.
SELECT p.*,
       (SELECT min(range_from) FROM market.segments
        WHERE symbol_id = $1 AND interval = $2 AND range_from < $5 AND range_to > $4) AS sealed_from,
       (SELECT max(range_to) FROM market.segments
        WHERE symbol_id = $1 AND interval = $2 AND range_from < $5 AND range_to > $4) AS sealed_to
FROM (VALUES (1)) AS always LEFT JOIN (
    SELECT DISTINCT ON (open_time) open_time, open, high, low, close, volume, quote_volume,
           trade_count, taker_buy_volume, taker_buy_quote_volume
    FROM (
        SELECT *, origin <> 'venue' AS derived, CASE origin
            WHEN 'venue' THEN 0 WHEN 'rollup-1m' THEN 1 WHEN 'rollup-5m' THEN 2 WHEN 'rollup-15m' THEN 3
            WHEN 'rollup-30m' THEN 4 WHEN 'rollup-1h' THEN 5 WHEN 'rollup-4h' THEN 6 WHEN 'rollup-1d' THEN 7
            WHEN 'trades' THEN 8 ELSE 9 END AS rank
        FROM (
            SELECT origin, open_time, open, high, low, close, volume, quote_volume, trade_count,
                   taker_buy_volume, taker_buy_quote_volume
            FROM market.candles
            WHERE symbol_id = $1 AND interval = $2 AND ($3::text IS NULL OR origin = $3)
              AND open_time >= $4 AND open_time < $5 AND updated_at <= $7
            UNION ALL
            SELECT origin, open_time, open, high, low, close, volume, quote_volume, trade_count,
                   taker_buy_volume, taker_buy_quote_volume
            FROM market.candle_revisions
            WHERE symbol_id = $1 AND interval = $2 AND ($3::text IS NULL OR origin = $3)
              AND open_time >= $4 AND open_time < $5 AND valid_from <= $7 AND valid_to > $7
        ) known
        ORDER BY open_time DESC, derived, volume DESC, rank
    ) ranked
    ORDER BY open_time DESC, derived, volume DESC, rank
    LIMIT $6
) p ON true
