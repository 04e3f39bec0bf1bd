-- What is left of a series of which $4 rows are gone; the caller removes it where nothing is.
UPDATE market.holdings h
SET first_time = least(h.last_time,
        (SELECT min(s.first_time) FROM market.segments s
         WHERE s.symbol_id = $1 AND s.interval = $2 AND s.origin = $3),
        (SELECT min(c.open_time) FROM market.candles c
         WHERE c.symbol_id = $1 AND c.interval = $2 AND c.origin = $3),
        (SELECT min(t.time) FROM market.ticks t
         WHERE $2 = 'tick' AND t.symbol_id = $1 AND t.aggregated = ($3 = 'agg_trade'))),
    row_count = h.row_count - $4, updated_at = now()
WHERE h.symbol_id = $1 AND h.interval = $2 AND h.origin = $3 AND h.row_count > $4
