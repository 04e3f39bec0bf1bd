-- What performance, curves, snapshots and looks back at a time are answered from, without reading every event.

-- What each event made of a position: all that its trade is told from. Sums of `net_pnl` are profit by any time.
CREATE TABLE ledger.position_steps (
    position_id    uuid          NOT NULL,
    -- The event.
    position       bigint        NOT NULL,
    account_id     uuid          NOT NULL,
    bot_id         uuid,
    symbol         text          NOT NULL,
    mode           text          NOT NULL,
    quote          text          NOT NULL,
    -- When the venue says it happened.
    at             timestamptz   NOT NULL,
    -- What is held then and what it cost, both negative when short.
    quantity       ledger.amount NOT NULL,
    cost           ledger.amount NOT NULL,
    largest        ledger.amount NOT NULL,
    entry_quantity ledger.amount NOT NULL,
    entry_value    ledger.amount NOT NULL,
    entry_fees     ledger.amount NOT NULL,
    exit_quantity  ledger.amount NOT NULL,
    exit_value     ledger.amount NOT NULL,
    exit_fees      ledger.amount NOT NULL,
    realised       ledger.amount NOT NULL,
    funding        ledger.amount NOT NULL,
    fees           jsonb         NOT NULL,
    exit_logic     text,
    exit_reason    text,
    -- What the step added: to net profit, to the trades that are closed, and to those of them that won.
    net_pnl        ledger.amount NOT NULL,
    closed         smallint      NOT NULL,
    won            smallint      NOT NULL,
    PRIMARY KEY (position_id, position)
);
CREATE INDEX position_steps_at ON ledger.position_steps (account_id, at);
CREATE INDEX position_steps_bot ON ledger.position_steps (bot_id, at) WHERE bot_id IS NOT NULL;
CREATE INDEX position_steps_position ON ledger.position_steps (account_id, position);

-- Of what was there before, the last step alone is known.
INSERT INTO ledger.position_steps
SELECT p.id, p.position, p.account_id, p.bot_id, p.symbol, p.mode, p.state->>'quote', coalesce(p.closed_at, p.opened_at),
    s.sign * (p.state->>'quantity')::numeric, s.sign * (p.state->>'cost')::numeric, (p.state->>'largest')::numeric,
    (p.state->'entries'->>'quantity')::numeric, (p.state->'entries'->>'value')::numeric, (p.state->'entries'->>'fees')::numeric,
    (p.state->'exits'->>'quantity')::numeric, (p.state->'exits'->>'value')::numeric, (p.state->'exits'->>'fees')::numeric,
    (p.state->>'realised')::numeric, (p.state->>'funding')::numeric, (p.state->'fees')::jsonb,
    t.exit_logic_name, t.exit_reason, t.net_pnl, (t.status = 'closed')::int, (t.status = 'closed' AND t.net_pnl > 0)::int
FROM ledger.positions p
JOIN ledger.trades t ON t.id = p.id
CROSS JOIN LATERAL (SELECT CASE p.direction WHEN 'long' THEN 1 ELSE -1 END AS sign) s;

ALTER TABLE ledger.trades ADD COLUMN quote text, ADD COLUMN leverage numeric, ADD COLUMN entry_value ledger.amount,
    ADD COLUMN exit_value ledger.amount;
UPDATE ledger.trades t SET quote = p.state->>'quote', leverage = (p.state->>'leverage')::numeric,
    entry_value = (p.state->'entries'->>'value')::numeric, exit_value = (p.state->'exits'->>'value')::numeric
FROM ledger.positions p WHERE p.id = t.id;
CREATE INDEX trades_closed ON ledger.trades (account_id, exit_time, position) WHERE status = 'closed';
CREATE INDEX trades_bot_closed ON ledger.trades (bot_id, exit_time, position) WHERE status = 'closed' AND bot_id IS NOT NULL;
CREATE INDEX trades_open ON ledger.trades (account_id) WHERE status = 'open';

-- When the venue says it happened.
ALTER TABLE ledger.postings ADD COLUMN at timestamptz;
UPDATE ledger.postings p SET at = coalesce((e.body->'fill'->>'time')::timestamptz, (e.body->>'time')::timestamptz, e.recorded_at)
FROM ledger.events e WHERE e.position = p.position;
UPDATE ledger.postings SET at = now() WHERE at IS NULL;
ALTER TABLE ledger.postings ALTER COLUMN at SET NOT NULL;
-- Who adds lines need not say it again.
CREATE FUNCTION ledger.date_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT coalesce((e.body->'fill'->>'time')::timestamptz, (e.body->>'time')::timestamptz, e.recorded_at) INTO NEW.at
    FROM ledger.events e WHERE e.position = NEW.position;
    RETURN NEW;
END $$;
CREATE TRIGGER postings_dated BEFORE INSERT ON ledger.postings
    FOR EACH ROW WHEN (NEW.at IS NULL) EXECUTE FUNCTION ledger.date_posting();
CREATE INDEX postings_at ON ledger.postings (account_id, at);
CREATE INDEX postings_external ON ledger.postings (account_id, position) WHERE purse = 'external';

CREATE INDEX fills_order_time ON ledger.fills (account_id, symbol, filled_at DESC, position DESC);
CREATE INDEX positions_opened ON ledger.positions (account_id, opened_at DESC, id DESC);

-- What accounts and bots were worth at full hours, by what was recorded until then.
CREATE TABLE ledger.performance_snapshots (
    account_id      uuid          NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE CASCADE,
    -- Null for the whole account.
    bot_id          uuid          REFERENCES trading.bots (id) ON DELETE CASCADE,
    at              timestamptz   NOT NULL,
    -- The last event that is in it.
    event           bigint        NOT NULL,
    currency        text          NOT NULL,
    equity          ledger.amount NOT NULL,
    cash            ledger.amount,
    realised_pnl    ledger.amount NOT NULL,
    unrealised_pnl  ledger.amount NOT NULL,
    open_positions  bigint        NOT NULL,
    closed_trades   bigint        NOT NULL,
    won_trades      bigint        NOT NULL,
    -- The highest equity of it and all before.
    peak            ledger.amount NOT NULL,
    -- Net profit by quote, from which the next one goes on.
    totals          jsonb         NOT NULL,
    unpriced        text[]        NOT NULL,
    UNIQUE NULLS NOT DISTINCT (account_id, bot_id, at)
);
