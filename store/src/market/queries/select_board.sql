-- What each symbol did in a range that begins and ends anywhere to the minute: the whole hours of it
-- by candles of an hour, and its ends by those of five minutes and of one, so that 24 hours are some
-- 40 rows of a symbol, not 1,440. Of each time the best candle: see candles/read.rs.
-- Parameters: from, its first five minutes, its first hour, its last hour's end, its last five
-- minutes' end, to. A sum is null where a part of it is unknown.
WITH tile (interval, tile_from, tile_to) AS (
    VALUES ('1m', $1::timestamptz, $2::timestamptz), ('5m', $2, $3::timestamptz),
           ('1h', $3, $4::timestamptz), ('5m', $4, $5::timestamptz), ('1m', $5, $6::timestamptz)
), active AS (
    SELECT DISTINCT symbol_id FROM market.holdings
    WHERE interval = '1m' AND last_time >= $1 AND first_time < $6
), best AS (
    SELECT a.symbol_id, c.*
    FROM active a CROSS JOIN tile t CROSS JOIN LATERAL (
        SELECT DISTINCT ON (open_time) open_time, open, high, low, close, volume, quote_volume, trade_count
        FROM market.candles
        WHERE symbol_id = a.symbol_id AND interval = t.interval
          AND open_time >= t.tile_from AND open_time < t.tile_to
        ORDER BY open_time, origin <> 'venue', volume DESC, origin DESC
    ) c
), day AS (
    SELECT symbol_id, max(open_time) AS last_open_time,
           (array_agg(open ORDER BY open_time))[1] AS open,
           (array_agg(close ORDER BY open_time DESC))[1] AS close,
           max(high) AS high, min(low) AS low, sum(volume) AS volume,
           CASE WHEN count(quote_volume) = count(*) THEN sum(quote_volume) END AS quote_volume,
           CASE WHEN count(trade_count) = count(*) THEN sum(trade_count)::bigint END AS trade_count
    FROM best GROUP BY symbol_id
)
SELECT v.code AS venue, s.code, s.base, s.quote, v.replay_of IS NOT NULL AS replay, d.*
FROM day d
JOIN market.symbols s ON s.id = d.symbol_id
JOIN market.venues v ON v.id = s.venue_id
