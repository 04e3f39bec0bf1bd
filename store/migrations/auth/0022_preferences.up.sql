-- What people prefer to see. Who has no row has the program's defaults.

CREATE TABLE auth.user_preferences (
    user_id          uuid        PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    theme            text        NOT NULL CHECK (theme IN ('dark', 'light', 'system')),
    -- venue:CODE. It need not be recorded, so it is no reference.
    default_symbol   text        NOT NULL,
    default_interval text        NOT NULL,
    -- IANA.
    timezone         text        NOT NULL,
    notifications    jsonb       NOT NULL CHECK (jsonb_typeof(notifications) = 'object'),
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

CREATE TABLE auth.watchlists (
    id         uuid        PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    name       text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- In their owner's order; venue:CODE, see default_symbol.
    symbols    text[]      NOT NULL CHECK (cardinality(symbols) <= 500),
    is_default boolean     NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (user_id, name)
);
CREATE UNIQUE INDEX watchlists_default ON auth.watchlists (user_id) WHERE is_default;
