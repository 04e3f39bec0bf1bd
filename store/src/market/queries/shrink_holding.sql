-- What is left of a series whose rows before $4 are gone: no row where nothing is left. Where it
-- now begins is known to the partition only, unless the rows there tell.
UPDATE market.holdings h
SET first_time = least(h.last_time, greatest(h.first_time, coalesce((
        SELECT min(s.first_time) FROM market.segments s
        WHERE s.symbol_id = $1 AND s.interval = $2 AND s.origin = $3 AND s.range_from >= $4), $4))),
    row_count = h.row_count - $5, updated_at = now()
WHERE h.symbol_id = $1 AND h.interval = $2 AND h.origin = $3 AND h.row_count > $5
