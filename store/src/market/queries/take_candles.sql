-- Takes candles out, to be written anew. What a closed one said until now is kept as a revision.
WITH gone AS (
    DELETE FROM market.candles c
    USING unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
        AS k (symbol_id, origin, interval, open_time, close_time)
    WHERE c.symbol_id = k.symbol_id AND c.origin = k.origin AND c.interval = k.interval
      AND c.open_time = k.open_time AND c.open_time BETWEEN $6 AND $7
    RETURNING c.*, k.close_time
), kept AS (
    INSERT INTO market.candle_revisions (symbol_id, interval, open_time, origin, valid_from, valid_to,
        open, high, low, close, volume, quote_volume, trade_count, taker_buy_volume, taker_buy_quote_volume)
    SELECT symbol_id, interval, open_time, origin, updated_at, now(),
        open, high, low, close, volume, quote_volume, trade_count, taker_buy_volume, taker_buy_quote_volume
    FROM gone WHERE close_time <= now() AND updated_at < now()
    ON CONFLICT DO NOTHING
)
SELECT * FROM gone
