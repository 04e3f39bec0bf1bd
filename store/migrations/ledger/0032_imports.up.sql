-- What was taken in of other programs' records, and what became of each of their rows.
CREATE TABLE ledger.imports (
    id         uuid        PRIMARY KEY,
    -- Nobody's where its owner was erased: the account's books stay, and this belongs to them.
    user_id    uuid        REFERENCES auth.users (id) ON DELETE SET NULL,
    account_id uuid        NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    bot_id     uuid        REFERENCES trading.bots (id) ON DELETE SET NULL,
    file       text        NOT NULL CHECK (length(file) BETWEEN 1 AND 255),
    -- freqtrade_database, freqtrade_results.
    source     text        NOT NULL,
    -- BLAKE3 of the file's content, unpacked.
    digest     bytea       NOT NULL CHECK (length(digest) = 32),
    -- Whether every row is accounted for, and every difference of profit has a known reason.
    reconciled boolean     NOT NULL,
    -- By table: rows, imported, known, skipped, differs.
    counts     jsonb       NOT NULL CHECK (jsonb_typeof(counts) = 'object'),
    -- All of it, row by row; see docs/import-trades.md.
    report     jsonb       NOT NULL CHECK (jsonb_typeof(report) = 'object'),
    began_at   timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL
);
CREATE INDEX imports_user ON ledger.imports (user_id, ended_at DESC, id DESC);
