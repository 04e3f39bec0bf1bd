-- The paper venue's own record: what it took, where each order stands, and what it told.

-- Fees, slippage and queue of an account; without a row the defaults hold.
CREATE TABLE trading.paper_settings (
    account_id    uuid        PRIMARY KEY REFERENCES trading.venue_accounts (id) ON DELETE CASCADE,
    settings      json        NOT NULL,
    updated_at    timestamptz NOT NULL
);

-- How far the trades of a symbol were looked at. Whoever changes an order of the symbol holds its row.
CREATE TABLE trading.paper_symbols (
    symbol_id     integer     PRIMARY KEY REFERENCES market.symbols (id),
    -- Which trades count: single or aggregate ones.
    aggregated    boolean     NOT NULL,
    -- The last one; null before the first.
    seen_time     timestamptz,
    seen_seq      integer,
    seen_id       bigint,
    CHECK (num_nulls(seen_time, seen_seq, seen_id) IN (0, 3))
);

CREATE TABLE trading.paper_orders (
    -- The ledger's.
    id            uuid        PRIMARY KEY,
    -- The venue's: in the order of arrival.
    seq           bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    account_id    uuid        NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    symbol        text        NOT NULL,
    symbol_id     integer     REFERENCES market.symbols (id),
    status        text        NOT NULL CHECK (status IN ('open', 'ended', 'rejected')),
    -- The venue's answer, where it didn't take it.
    rejected      json,
    -- All of it, as the next trade needs it.
    state         json,
    -- The last trade before it came; null before the first.
    seen_time     timestamptz,
    seen_seq      integer,
    seen_id       bigint,
    -- Only prices at or below the one, or at or above the other, do something to it.
    reach_below   numeric,
    reach_above   numeric,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CHECK ((status = 'rejected') = (rejected IS NOT NULL) AND (status = 'rejected') = (state IS NULL)),
    CHECK (status = 'rejected' OR symbol_id IS NOT NULL),
    CHECK (num_nulls(seen_time, seen_seq, seen_id) IN (0, 3))
);
CREATE INDEX paper_orders_open ON trading.paper_orders (symbol_id, seq) WHERE status = 'open';
CREATE INDEX paper_orders_account ON trading.paper_orders (account_id);

-- What the venue has traded, net of fees in base; what only reduces goes by this.
CREATE TABLE trading.paper_positions (
    account_id    uuid        NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    bot_id        uuid,
    symbol_id     integer     NOT NULL REFERENCES market.symbols (id),
    mode          text        NOT NULL CHECK (mode IN ('spot', 'margin')),
    quantity      numeric     NOT NULL,
    UNIQUE NULLS NOT DISTINCT (account_id, bot_id, symbol_id, mode)
);

-- What happened to orders after they were taken; seq is the order of commits.
CREATE TABLE trading.paper_reports (
    seq           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id      uuid        NOT NULL REFERENCES trading.paper_orders (id) ON DELETE RESTRICT,
    event         json        NOT NULL,
    at            timestamptz NOT NULL
);
CREATE INDEX paper_reports_order ON trading.paper_reports (order_id, seq);

CREATE FUNCTION trading.refuse_report_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'reports are never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER paper_reports_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trading.paper_reports
    FOR EACH STATEMENT EXECUTE FUNCTION trading.refuse_report_change();

-- Every process hears that there are orders to be looked after, or reports.
CREATE FUNCTION trading.tell_of_paper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('chandlery_paper', TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER paper_orders_tell AFTER INSERT ON trading.paper_orders
    FOR EACH STATEMENT EXECUTE FUNCTION trading.tell_of_paper('orders');
CREATE TRIGGER paper_reports_tell AFTER INSERT ON trading.paper_reports
    FOR EACH STATEMENT EXECUTE FUNCTION trading.tell_of_paper('reports');
