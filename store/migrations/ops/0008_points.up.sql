-- Points of other programs' measurements, as InfluxDB's line protocol brings them.

CREATE TABLE ops.series (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Of bucket, measurement and tags, for these may be longer than an index takes.
    hash         bytea       NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    -- InfluxDB's database or bucket.
    bucket       text        NOT NULL,
    measurement  text        NOT NULL CHECK (measurement <> ''),
    tags         jsonb       NOT NULL CHECK (jsonb_typeof(tags) = 'object'),
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX series_measurement ON ops.series (measurement);

CREATE TABLE ops.points (
    series_id    bigint      NOT NULL,
    time         timestamptz NOT NULL,
    -- Nanoseconds below the microsecond.
    nanos        smallint    NOT NULL CHECK (nanos BETWEEN 0 AND 999),
    -- Floats have a point or a power of ten, whole numbers have neither.
    fields       jsonb       NOT NULL CHECK (jsonb_typeof(fields) = 'object'),
    PRIMARY KEY (series_id, time, nanos)
);
CREATE INDEX points_time_brin ON ops.points USING brin (time);
