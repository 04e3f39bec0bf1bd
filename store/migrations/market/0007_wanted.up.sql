-- Symbols that are taken in live, beside those of the settings.

CREATE TABLE market.wanted (
    venue     text        NOT NULL CHECK (venue ~ '^[a-z0-9_-]+$'),
    code      text        NOT NULL CHECK (code <> ''),
    added_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue, code)
);
