-- Candles in monthly partitions. Candles of different origin stand side by side, so what the venue
-- said and what was built here can always be compared.

CREATE TABLE market.candles (
    symbol_id              integer       NOT NULL,
    interval               text COLLATE "C" NOT NULL
        CHECK (interval IN ('1m', '5m', '15m', '30m', '1h', '4h', '1d', '1w')),
    open_time              timestamptz   NOT NULL,
    -- venue; trades and agg_trades (built here from ticks); rollup-1m … (from the venue's shorter ones).
    origin                 text COLLATE "C" NOT NULL
        CHECK (origin IN ('venue', 'trades', 'agg_trades') OR origin LIKE 'rollup-%'),
    open                   market.price  NOT NULL,
    high                   market.price  NOT NULL,
    low                    market.price  NOT NULL,
    close                  market.price  NOT NULL,
    volume                 market.amount NOT NULL,
    quote_volume           market.amount,
    trade_count            bigint        CHECK (trade_count >= 0),
    taker_buy_volume       market.amount,
    taker_buy_quote_volume market.amount,
    -- Which trade (or shorter candle) opened and closed it: late ones merge without a second look.
    first_time             timestamptz,
    first_seq              integer,
    first_id               bigint,
    last_time              timestamptz,
    last_seq               integer,
    last_id                bigint,
    updated_at             timestamptz   NOT NULL DEFAULT now(),
    -- The key carries the five figures of a chart, so that reading those never visits the table.
    PRIMARY KEY (symbol_id, interval, open_time, origin) INCLUDE (open, high, low, close, volume),
    CHECK (low <= open AND low <= close AND high >= open AND high >= close),
    CHECK ((first_time IS NULL) = (last_time IS NULL) AND (first_time IS NULL) = (origin = 'venue'))
) PARTITION BY RANGE (open_time);
CREATE INDEX candles_time_brin ON market.candles USING brin (open_time);

-- What is held of each series, kept with every commit: first, last, and how many rows. The
-- interval is 'tick' for ticks.
CREATE TABLE market.holdings (
    symbol_id   integer     NOT NULL REFERENCES market.symbols (id),
    interval    text COLLATE "C" NOT NULL,
    origin      text COLLATE "C" NOT NULL,
    first_time  timestamptz NOT NULL,
    last_time   timestamptz NOT NULL CHECK (last_time >= first_time),
    row_count   bigint      NOT NULL CHECK (row_count > 0),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (symbol_id, interval, origin)
);
