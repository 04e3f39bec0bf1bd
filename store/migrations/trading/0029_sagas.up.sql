-- Orders on their way through the paper venue. What an order is, its events tell; here is what is to be done next.

CREATE TABLE trading.sagas (
    order_id   uuid        PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE CASCADE,
    -- reserve: hold funds back; submit: send it, and take the answer; settle: take what the venue reports.
    -- At the order's end the row goes.
    step       text        NOT NULL CHECK (step IN ('reserve', 'submit', 'settle')),
    -- What the venue is still to be asked.
    cancel     boolean     NOT NULL,
    amend      jsonb,
    -- Failures of this step in a row, and the last of them.
    attempts   integer     NOT NULL CHECK (attempts >= 0),
    last_error text        CHECK (length(last_error) <= 1000),
    -- When it is looked at next; null where it waits for the venue. Whoever looks at it puts this off first.
    due_at     timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX sagas_due ON trading.sagas (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX sagas_account ON trading.sagas (account_id);

-- Up to which report of the venue orders were told: one row.
CREATE TABLE trading.saga_cursor (
    only_one boolean PRIMARY KEY CHECK (only_one),
    seq      bigint  NOT NULL
);
INSERT INTO trading.saga_cursor VALUES (true, 0);
