-- Candles of which parts stand side by side, as where recorded trades follow on a venue's candles:
-- two origins saw different volumes, and neither is known to be whole. Not those that the venue itself
-- gave, or said it doesn't have. A candle that is sealed with its month is told no more.
-- Parameters: symbol, intervals, from, before.
SELECT DISTINCT a.interval, a.open_time
FROM market.candles a
JOIN market.candles b ON b.symbol_id = a.symbol_id AND b.interval = a.interval
  AND b.open_time = a.open_time AND b.volume > a.volume
WHERE a.symbol_id = $1 AND a.interval = ANY($2) AND a.open_time >= $3 AND a.open_time < $4
  AND b.open_time >= $3 AND b.open_time < $4
  AND NOT EXISTS (
    SELECT FROM market.candles v
    WHERE v.symbol_id = a.symbol_id AND v.interval = a.interval AND v.open_time = a.open_time
      AND v.origin = 'venue')
  AND NOT EXISTS (
    SELECT FROM market.coverage c
    WHERE c.symbol_id = a.symbol_id AND c.interval = a.interval
      AND c.status IN ('venue_down', 'empty') AND c.ranges @> a.open_time)
ORDER BY a.open_time, a.interval
