-- A page of ticks, and in every row where the segments of the range begin and end; a row without a
-- tick where there is none. Parameters: symbol, aggregated, from, to (exclusive), place of the tick before, limit.
SELECT p.*,
       (SELECT min(range_from) FROM market.segments
        WHERE symbol_id = $1 AND interval = 'tick' AND origin = CASE WHEN $2 THEN 'agg_trade' ELSE 'trade' END
          AND range_from < $4 AND range_to > $3) AS sealed_from,
       (SELECT max(range_to) FROM market.segments
        WHERE symbol_id = $1 AND interval = 'tick' AND origin = CASE WHEN $2 THEN 'agg_trade' ELSE 'trade' END
          AND range_from < $4 AND range_to > $3) AS sealed_to
FROM (VALUES (1)) AS always LEFT JOIN (
    SELECT time, seq, trade_id, price, quantity, buyer_is_maker, trade_count, received_at, venue_trade_id
    FROM market.ticks
    WHERE symbol_id = $1 AND aggregated = $2 AND time >= $3 AND time < $4
      AND (time, seq, trade_id) < ($5, $6, $7) AND time <= $5
    ORDER BY time DESC, seq DESC, trade_id DESC LIMIT $8
) p ON true
