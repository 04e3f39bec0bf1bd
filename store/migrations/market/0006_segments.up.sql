-- Old data as columnar objects outside the database, and what retention did with it.

-- One object holds the rows of one series in one partition. Rows are in the database or in a
-- segment, never in both: the row here is written in the transaction that deletes them there.
CREATE TABLE market.segments (
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    symbol_id      integer     NOT NULL REFERENCES market.symbols (id),
    -- As in holdings: the interval of candles, 'tick' for ticks; the origin or the kind.
    interval       text COLLATE "C" NOT NULL,
    origin         text COLLATE "C" NOT NULL,
    -- The partition: every row of the series from one (inclusive) to the other (exclusive).
    range_from     timestamptz NOT NULL,
    range_to       timestamptz NOT NULL CHECK (range_to > range_from),
    first_time     timestamptz NOT NULL CHECK (first_time >= range_from),
    last_time      timestamptz NOT NULL CHECK (last_time < range_to AND last_time >= first_time),
    -- Of ticks: the smallest and the largest trade id.
    min_id         bigint,
    max_id         bigint      CHECK (max_id >= min_id),
    row_count      bigint      NOT NULL CHECK (row_count > 0),
    -- Which of the configured stores has the object, and its name there.
    tier           text COLLATE "C" NOT NULL CHECK (tier IN ('warm', 'cold')),
    path           text        NOT NULL UNIQUE,
    format         text COLLATE "C" NOT NULL,
    byte_count     bigint      NOT NULL CHECK (byte_count > 0),
    -- Of the object's bytes; and of its rows, in order, whatever the encoding.
    checksum       bytea       NOT NULL CHECK (octet_length(checksum) = 32),
    row_digest     bytea       NOT NULL CHECK (octet_length(row_digest) = 32),
    -- Digits after the point of its decimals.
    price_scale    smallint    NOT NULL,
    quantity_scale smallint    NOT NULL,
    quote_scale    smallint    NOT NULL,
    -- Where in the object each chunk of rows is, with its times and checksums.
    chunks         jsonb       NOT NULL,
    sealed_at      timestamptz NOT NULL,
    verified_at    timestamptz NOT NULL,
    -- Since when a reader finds it missing or damaged, and how.
    damaged_at     timestamptz,
    damage         text,
    status         text GENERATED ALWAYS AS
        (CASE WHEN damaged_at IS NULL THEN 'sealed' ELSE 'damaged' END) STORED,
    UNIQUE (symbol_id, interval, origin, range_from),
    CHECK ((damaged_at IS NULL) = (damage IS NULL))
);

-- Objects that the catalogue named until then: somebody who reads by its older state may still want
-- them for a while.
CREATE TABLE market.unneeded_objects (
    tier   text COLLATE "C" NOT NULL,
    path   text        NOT NULL,
    since  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tier, path)
);

-- The end of the latest segment of a series: what is written behind it needs no look at segments.
ALTER TABLE market.holdings ADD COLUMN sealed_to timestamptz;

CREATE TABLE market.retention_runs (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz NOT NULL CHECK (finished_at >= started_at),
    -- What was sealed, moved, deleted and kept back, as `chandlery retention --json` shows it.
    steps       jsonb       NOT NULL,
    error       text
);
CREATE INDEX retention_runs_started ON market.retention_runs (started_at);
