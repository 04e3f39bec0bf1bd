-- The record of trading: events that are only added, and tables made from them.

CREATE SCHEMA ledger;

-- Sums and products of prices and quantities, with sign; 36 places hold any product exactly.
CREATE DOMAIN ledger.amount AS numeric CHECK (scale(VALUE) <= 36 AND abs(VALUE) < 1e40);

-- All that is true. Streams are orders and venue accounts; the rest of this schema can be made again from it.
CREATE TABLE ledger.events (
    -- The one order of all events. Whoever writes events of one position does so one after the other.
    position    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream      uuid        NOT NULL,
    -- From 1 without a gap.
    version     integer     NOT NULL CHECK (version > 0),
    stream_kind text        NOT NULL CHECK (stream_kind IN ('order', 'account')),
    kind        text        NOT NULL,
    -- As it was hashed, letter by letter: json, not jsonb.
    body        json        NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- BLAKE3 of the hash before (none for the first), stream, version and body.
    hash        bytea       NOT NULL CHECK (length(hash) = 32),
    UNIQUE (stream, version)
);

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- What was asked, so that asking again changes nothing.
CREATE TABLE ledger.commands (
    account_id  uuid        NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    -- BLAKE3 of what was asked under the key.
    request     bytea       NOT NULL CHECK (length(request) = 32),
    -- The order or account that it was about.
    stream      uuid        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, key)
);

CREATE TABLE ledger.orders (
    id                uuid            PRIMARY KEY,
    account_id        uuid            NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    bot_id            uuid            REFERENCES trading.bots (id) ON DELETE RESTRICT,
    client_order_id   text            NOT NULL CHECK (length(client_order_id) BETWEEN 1 AND 64),
    venue_order_id    text,
    symbol            text            NOT NULL,
    mode              text            NOT NULL CHECK (mode IN ('spot', 'margin')),
    side              text            NOT NULL CHECK (side IN ('buy', 'sell')),
    kind              text            NOT NULL CHECK (kind IN ('market', 'limit', 'stop', 'stop_limit', 'trailing_stop')),
    status            text            NOT NULL CHECK (status IN ('new', 'submitted', 'open', 'partially_filled', 'filled',
                                                                 'cancel_requested', 'cancelled', 'rejected', 'expired')),
    quantity          market.quantity CHECK (quantity > 0),
    quote_quantity    market.quantity CHECK (quote_quantity > 0),
    limit_price       market.price,
    stop_price        market.price,
    filled            ledger.amount   NOT NULL CHECK (filled >= 0),
    filled_quote      ledger.amount   NOT NULL CHECK (filled_quote >= 0),
    strategy          text,
    exchange_metadata jsonb           NOT NULL,
    -- Events of its stream.
    version           integer         NOT NULL,
    placed_at         timestamptz     NOT NULL,
    updated_at        timestamptz     NOT NULL,
    UNIQUE (account_id, client_order_id),
    CHECK (num_nonnulls(quantity, quote_quantity) = 1),
    CHECK (quantity IS NULL OR filled <= quantity),
    CHECK (quote_quantity IS NULL OR filled_quote <= quote_quantity)
);
CREATE INDEX orders_placed ON ledger.orders (account_id, placed_at DESC, id DESC);
CREATE INDEX orders_bot ON ledger.orders (bot_id, placed_at DESC, id DESC) WHERE bot_id IS NOT NULL;
CREATE INDEX orders_open ON ledger.orders (account_id, symbol)
    WHERE status NOT IN ('filled', 'cancelled', 'rejected', 'expired');

CREATE TABLE ledger.fills (
    order_id       uuid            NOT NULL REFERENCES ledger.orders (id) ON DELETE CASCADE,
    venue_trade_id text            NOT NULL,
    account_id     uuid            NOT NULL,
    symbol         text            NOT NULL,
    side           text            NOT NULL,
    price          market.price    NOT NULL,
    quantity       market.quantity NOT NULL CHECK (quantity > 0),
    quote          ledger.amount   NOT NULL,
    fees           jsonb           NOT NULL,
    liquidity      text            NOT NULL CHECK (liquidity IN ('maker', 'taker', 'unknown')),
    filled_at      timestamptz     NOT NULL,
    -- The event that it was.
    position       bigint          NOT NULL,
    PRIMARY KEY (order_id, venue_trade_id)
);
CREATE INDEX fills_time ON ledger.fills (account_id, filled_at DESC, position DESC);

CREATE TABLE ledger.positions (
    id            uuid          PRIMARY KEY,
    account_id    uuid          NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    bot_id        uuid          REFERENCES trading.bots (id) ON DELETE RESTRICT,
    symbol        text          NOT NULL,
    mode          text          NOT NULL CHECK (mode IN ('spot', 'margin')),
    direction     text          NOT NULL CHECK (direction IN ('long', 'short')),
    status        text          NOT NULL CHECK (status IN ('open', 'closed')),
    qty_open      ledger.amount NOT NULL CHECK (qty_open >= 0),
    avg_price     ledger.amount,
    realized_pnl  ledger.amount NOT NULL,
    opened_at     timestamptz   NOT NULL,
    closed_at     timestamptz,
    -- All of it, as the next fill needs it.
    state         json          NOT NULL,
    -- The event that changed it last.
    position      bigint        NOT NULL,
    CHECK ((status = 'closed') = (qty_open = 0) AND (status = 'closed') = (closed_at IS NOT NULL))
);
-- There is one open position of a kind.
CREATE UNIQUE INDEX positions_open ON ledger.positions (account_id, bot_id, symbol, mode) NULLS NOT DISTINCT
    WHERE status = 'open';
CREATE INDEX positions_latest ON ledger.positions (account_id, bot_id, symbol, mode, position DESC);
CREATE INDEX positions_bot ON ledger.positions (bot_id, opened_at DESC);

CREATE TABLE ledger.trades (
    -- One for each position; the trade outlives it.
    id               uuid          PRIMARY KEY,
    position_id      uuid          REFERENCES ledger.positions (id) ON DELETE SET NULL,
    account_id       uuid          NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    bot_id           uuid          REFERENCES trading.bots (id) ON DELETE RESTRICT,
    symbol           text          NOT NULL,
    mode             text          NOT NULL,
    direction        text          NOT NULL,
    strategy_name    text,
    entry_logic_name text,
    exit_logic_name  text,
    "interval"       text,
    entry_time       timestamptz   NOT NULL,
    exit_time        timestamptz,
    entry_price      ledger.amount,
    exit_price       ledger.amount,
    size             ledger.amount NOT NULL,
    commission       ledger.amount NOT NULL,
    other_fees       jsonb         NOT NULL,
    funding          ledger.amount NOT NULL,
    gross_pnl        ledger.amount NOT NULL,
    net_pnl          ledger.amount NOT NULL,
    pnl_ratio        ledger.amount,
    exit_reason      text,
    status           text          NOT NULL CHECK (status IN ('open', 'closed')),
    position         bigint        NOT NULL,
    CHECK (net_pnl = gross_pnl - commission + funding)
);
CREATE INDEX trades_account ON ledger.trades (account_id, entry_time DESC, id DESC);
CREATE INDEX trades_bot ON ledger.trades (bot_id, entry_time DESC, id DESC);
CREATE INDEX trades_symbol ON ledger.trades (symbol, entry_time DESC);
CREATE INDEX trades_strategy ON ledger.trades (strategy_name, entry_time DESC);

CREATE TABLE ledger.postings (
    -- The event, and the line of its entry.
    position    bigint        NOT NULL,
    line        smallint      NOT NULL,
    account_id  uuid          NOT NULL,
    asset       text          NOT NULL,
    purse       text          NOT NULL CHECK (purse IN ('cash', 'held', 'market', 'profit', 'fees', 'funding', 'external')),
    amount      ledger.amount NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (position, line)
);
CREATE INDEX postings_account ON ledger.postings (account_id, asset, position);

-- Every entry adds up to nothing: looked at when the transaction ends.
CREATE FUNCTION ledger.check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger.postings WHERE position = NEW.position
               GROUP BY account_id, asset HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'the postings of event % do not add up to zero', NEW.position
            USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER postings_balance AFTER INSERT OR UPDATE ON ledger.postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger.check_entry();

CREATE TABLE ledger.balances (
    account_id  uuid          NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    asset       text          NOT NULL,
    purse       text          NOT NULL,
    amount      ledger.amount NOT NULL,
    PRIMARY KEY (account_id, asset, purse)
);

-- No check of the column: that looks also at the difference that is to be added to a row.
CREATE FUNCTION ledger.refuse_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'account % would hold back % %', NEW.account_id, NEW.amount, NEW.asset
        USING ERRCODE = 'check_violation', CONSTRAINT = 'balances_held';
END $$;
CREATE CONSTRAINT TRIGGER balances_held AFTER INSERT OR UPDATE ON ledger.balances
    FOR EACH ROW WHEN (NEW.purse = 'held' AND NEW.amount < 0) EXECUTE FUNCTION ledger.refuse_balance();
