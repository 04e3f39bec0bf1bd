-- Live feeds: where each stands, what it is known to lack, and what candles used to say.

-- How far the live feed of a symbol is: everything of it up to this trade is stored, but for the
-- gaps below. Written with the ticks.
CREATE TABLE market.feeds (
    symbol_id   integer     NOT NULL REFERENCES market.symbols (id),
    kind        text COLLATE "C" NOT NULL CHECK (kind IN ('trade', 'agg_trade')),
    last_id     bigint      NOT NULL,
    last_time   timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (symbol_id, kind)
);

-- What is known to be missing, until it is repaired; then how that was done.
CREATE TABLE market.gaps (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    symbol_id     integer     NOT NULL REFERENCES market.symbols (id),
    -- A kind of ticks, or an interval of candles.
    series        text COLLATE "C" NOT NULL,
    -- Ticks: the ids that are missing, first and last, and the times of the trades around them.
    first_id      bigint,
    last_id       bigint      CHECK (last_id >= first_id),
    range         tstzrange   NOT NULL CHECK (NOT isempty(range)),
    reason        text        NOT NULL,
    found_at      timestamptz NOT NULL,
    attempts      integer     NOT NULL DEFAULT 0,
    next_try_at   timestamptz,
    last_error    text,
    repaired_at   timestamptz,
    repaired_from text,
    repaired_rows bigint      CHECK (repaired_rows >= 0),
    CHECK ((first_id IS NULL) = (last_id IS NULL)),
    CHECK ((repaired_at IS NULL) = (repaired_from IS NULL))
);
CREATE INDEX gaps_open ON market.gaps (found_at, id) WHERE repaired_at IS NULL;
CREATE INDEX gaps_symbol ON market.gaps (symbol_id, series);

-- What is known of ranges of a series beyond the rows themselves: that the venue says there was
-- nothing, that it was down, that what is there was filled in later and from where.
CREATE TABLE market.coverage (
    symbol_id   integer        NOT NULL REFERENCES market.symbols (id),
    interval    text COLLATE "C" NOT NULL,
    status      text COLLATE "C" NOT NULL CHECK (status IN ('empty', 'venue_down', 'repaired')),
    source      text COLLATE "C" NOT NULL,
    ranges      tstzmultirange NOT NULL,
    updated_at  timestamptz    NOT NULL DEFAULT now(),
    PRIMARY KEY (symbol_id, interval, status, source)
);

-- What a closed candle said before it was corrected, from when until when.
CREATE TABLE market.candle_revisions (
    symbol_id              integer       NOT NULL,
    interval               text COLLATE "C" NOT NULL,
    open_time              timestamptz   NOT NULL,
    origin                 text COLLATE "C" NOT NULL,
    valid_from             timestamptz   NOT NULL,
    valid_to               timestamptz   NOT NULL CHECK (valid_to > valid_from),
    open                   market.price  NOT NULL,
    high                   market.price  NOT NULL,
    low                    market.price  NOT NULL,
    close                  market.price  NOT NULL,
    volume                 market.amount NOT NULL,
    quote_volume           market.amount,
    trade_count            bigint,
    taker_buy_volume       market.amount,
    taker_buy_quote_volume market.amount,
    PRIMARY KEY (symbol_id, interval, open_time, origin, valid_from)
);
