-- Where people trade, with what, and by which rules.

CREATE SCHEMA trading;

-- An account at a venue. Its books outlive its owner's account here: erased people leave it to nobody.
CREATE TABLE trading.venue_accounts (
    id            uuid        PRIMARY KEY,
    user_id       uuid        REFERENCES auth.users (id) ON DELETE SET NULL,
    venue_id      smallint    NOT NULL REFERENCES market.venues (id),
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- paper: orders are filled here from live or replayed ticks; external: others trade and report.
    kind          text        NOT NULL CHECK (kind IN ('paper', 'external')),
    -- The venue's key and secret, encrypted; null where nothing is sent from here.
    credentials   bytea,
    -- The first letters of that key, by which its owner knows it.
    key_beginning text        CHECK (length(key_beginning) <= 8),
    archived_at   timestamptz,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    UNIQUE (user_id, name),
    CHECK ((credentials IS NULL) = (key_beginning IS NULL))
);

CREATE TABLE trading.strategies (
    id            uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    description   text        CHECK (length(description) <= 10000),
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    UNIQUE (user_id, name)
);

-- What a strategy was at a time; a version is never changed.
CREATE TABLE trading.strategy_versions (
    id            uuid        PRIMARY KEY,
    strategy_id   uuid        NOT NULL REFERENCES trading.strategies (id) ON DELETE CASCADE,
    version       integer     NOT NULL CHECK (version > 0),
    -- JSON Schema of a bot's configuration; null takes every one.
    config_schema jsonb,
    parameters    jsonb       NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
    notes         text        CHECK (length(notes) <= 10000),
    created_at    timestamptz NOT NULL,
    UNIQUE (strategy_id, version)
);

CREATE TABLE trading.strategy_accounts (
    strategy_id   uuid        NOT NULL REFERENCES trading.strategies (id) ON DELETE CASCADE,
    account_id    uuid        NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE CASCADE,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (strategy_id, account_id)
);
CREATE INDEX strategy_accounts_account ON trading.strategy_accounts (account_id);

CREATE TABLE trading.strategy_templates (
    id            uuid        PRIMARY KEY,
    -- Null where whoever shared it is gone.
    created_by    uuid        REFERENCES auth.users (id) ON DELETE SET NULL,
    name          text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    description   text        CHECK (length(description) <= 10000),
    template_data jsonb       NOT NULL CHECK (jsonb_typeof(template_data) = 'object'),
    is_public     boolean     NOT NULL,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    UNIQUE (created_by, name)
);
CREATE INDEX strategy_templates_public ON trading.strategy_templates (name) WHERE is_public;

CREATE TABLE trading.bots (
    id                  uuid        PRIMARY KEY,
    -- Null where its owner was erased: its books stay.
    user_id             uuid        REFERENCES auth.users (id) ON DELETE SET NULL,
    account_id          uuid        NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE RESTRICT,
    strategy_version_id uuid        REFERENCES trading.strategy_versions (id) ON DELETE SET NULL,
    name                text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    type                text        NOT NULL CHECK (type IN ('paper', 'live')),
    status              text        NOT NULL CHECK (status IN ('stopped', 'running', 'paused', 'silent', 'error')),
    config              jsonb       NOT NULL CHECK (jsonb_typeof(config) = 'object'),
    extra_metadata      jsonb       NOT NULL CHECK (jsonb_typeof(extra_metadata) = 'object'),
    description         text        CHECK (length(description) <= 10000),
    -- Silent for longer than this while it runs, and its status is `silent`.
    silent_after_s      integer     NOT NULL CHECK (silent_after_s BETWEEN 5 AND 86400),
    started_at          timestamptz,
    last_heartbeat      timestamptz,
    error_count         integer     NOT NULL CHECK (error_count >= 0),
    current_balance     numeric,
    total_pnl           numeric,
    -- Counts changes: what is told of a bot elsewhere is of the highest that was heard of.
    revision            bigint      NOT NULL DEFAULT 1,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    UNIQUE (user_id, name)
);
CREATE INDEX bots_account ON trading.bots (account_id);
CREATE INDEX bots_running ON trading.bots (last_heartbeat) WHERE status IN ('running', 'error');

-- Every process, and whatever notifies people, hears of each change: the bot, its revision and its status.
CREATE FUNCTION trading.tell_of_bot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('chandlery_bots', format('%s %s deleted', OLD.id, OLD.revision + 1));
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.revision := OLD.revision + 1;
    END IF;
    PERFORM pg_notify('chandlery_bots', format('%s %s %s', NEW.id, NEW.revision, NEW.status));
    RETURN NEW;
END $$;
CREATE TRIGGER bots_tell BEFORE INSERT OR UPDATE OR DELETE ON trading.bots
    FOR EACH ROW EXECUTE FUNCTION trading.tell_of_bot();

CREATE TABLE trading.bot_heartbeats (
    bot_id        uuid        NOT NULL REFERENCES trading.bots (id) ON DELETE CASCADE,
    at            timestamptz NOT NULL,
    message       text        CHECK (length(message) <= 1000),
    -- What went wrong, where something did.
    error         text        CHECK (length(error) <= 1000),
    balance       numeric,
    PRIMARY KEY (bot_id, at)
);
CREATE INDEX bot_heartbeats_at ON trading.bot_heartbeats (at);
