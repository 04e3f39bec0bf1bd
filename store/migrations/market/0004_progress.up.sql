-- How far each source has been taken in; written in the transaction that writes its rows.

CREATE TABLE market.ingest_progress (
    -- 'file:' and the digest of its bytes and of the options that change its meaning.
    source       text        PRIMARY KEY,
    description  text        NOT NULL,
    rows_done    bigint      NOT NULL CHECK (rows_done >= 0),
    rows_written bigint      NOT NULL CHECK (rows_written >= 0),
    rows_skipped bigint      NOT NULL CHECK (rows_skipped >= 0),
    started_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz
);

-- A line per symbol for lists: the last price and the 24 hours before it. Refreshed concurrently.
CREATE MATERIALIZED VIEW market.symbol_summary AS
WITH finest AS (
    -- The series that reaches the latest day; of those the shortest interval, the venue's own first.
    SELECT DISTINCT ON (h.symbol_id) h.symbol_id, h.interval, h.origin, h.last_time
    FROM market.holdings h
    WHERE h.interval <> 'tick'
    ORDER BY h.symbol_id, date_trunc('day', h.last_time, 'UTC') DESC, array_position(
        ARRAY['1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w'], h.interval::text),
        h.last_time DESC, h.origin <> 'venue'
)
SELECT f.symbol_id, f.interval, f.origin, f.last_time AS last_open_time, last.close AS last_price,
       day.open AS price_24h_ago, day.high AS high_24h, day.low AS low_24h, day.volume AS volume_24h
FROM finest f
CROSS JOIN LATERAL (
    SELECT c.close FROM market.candles c
    WHERE c.symbol_id = f.symbol_id AND c.interval = f.interval AND c.origin = f.origin
      AND c.open_time = f.last_time
) last
CROSS JOIN LATERAL (
    SELECT (array_agg(c.open ORDER BY c.open_time))[1] AS open, max(c.high) AS high,
           min(c.low) AS low, sum(c.volume) AS volume
    FROM market.candles c
    WHERE c.symbol_id = f.symbol_id AND c.interval = f.interval AND c.origin = f.origin
      AND c.open_time > f.last_time - INTERVAL '24 hours' AND c.open_time <= f.last_time
) day;
CREATE UNIQUE INDEX symbol_summary_symbol ON market.symbol_summary (symbol_id);

-- Candles with names instead of numbers, for people who write SQL. close_time is exclusive.
CREATE VIEW market.candles_named AS
SELECT v.code || ':' || s.code AS symbol, c.interval, c.origin, c.open_time,
       c.open_time + CASE c.interval
           WHEN '1m' THEN INTERVAL '1 minute' WHEN '5m' THEN INTERVAL '5 minutes'
           WHEN '15m' THEN INTERVAL '15 minutes' WHEN '30m' THEN INTERVAL '30 minutes'
           WHEN '1h' THEN INTERVAL '1 hour' WHEN '4h' THEN INTERVAL '4 hours'
           WHEN '1d' THEN INTERVAL '24 hours' ELSE INTERVAL '168 hours' END AS close_time,
       c.open, c.high, c.low, c.close, c.volume, c.quote_volume, c.trade_count,
       c.taker_buy_volume, c.taker_buy_quote_volume, c.updated_at
FROM market.candles c
JOIN market.symbols s ON s.id = c.symbol_id
JOIN market.venues v ON v.id = s.venue_id;
