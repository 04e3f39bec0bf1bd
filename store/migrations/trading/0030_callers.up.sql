-- By what other programs place orders as they know it from elsewhere.

-- Keys of programs that sign each request (HMAC-SHA256, as Binance has it), for one paper account each.
CREATE TABLE trading.signing_keys (
    id           uuid        PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    account_id   uuid        NOT NULL REFERENCES trading.venue_accounts (id) ON DELETE CASCADE,
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- The first characters of the key, by which its owner knows it.
    beginning    text        NOT NULL,
    key_hash     bytea       NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    -- What requests are signed with, encrypted: a hash of it could check no signature.
    secret       bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    last_used_ip inet
);
CREATE INDEX signing_keys_account ON trading.signing_keys (account_id);
CREATE INDEX signing_keys_user ON trading.signing_keys (user_id);

-- Addresses to which other programs send alerts, each of which becomes an order of a bot.
CREATE TABLE trading.webhooks (
    id           uuid        PRIMARY KEY,
    bot_id       uuid        NOT NULL REFERENCES trading.bots (id) ON DELETE CASCADE,
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    -- The first characters of the secret, by which its owner knows it.
    beginning    text        NOT NULL,
    secret_hash  bytea       NOT NULL CHECK (length(secret_hash) = 32),
    -- What of an alert becomes which field of an order.
    template     jsonb       NOT NULL CHECK (jsonb_typeof(template) = 'object'),
    enabled      boolean     NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX webhooks_bot ON trading.webhooks (bot_id, created_at);

-- What came to them: written before anything is done about it.
CREATE TABLE trading.webhook_log (
    -- In order of time.
    id           uuid        PRIMARY KEY,
    webhook_id   uuid        NOT NULL REFERENCES trading.webhooks (id) ON DELETE CASCADE,
    received_at  timestamptz NOT NULL,
    ip           inet,
    content_type text        CHECK (length(content_type) <= 200),
    user_agent   text        CHECK (length(user_agent) <= 500),
    -- Without the secret.
    body         text        NOT NULL CHECK (length(body) <= 65536),
    -- The alert's own id, or the hash of its body: what comes under it again is the same alert.
    alert_key    text        NOT NULL CHECK (length(alert_key) <= 200),
    -- The entry under whose number the order is placed: this one, or the one that it repeats.
    first_id     uuid        NOT NULL,
    outcome      text        NOT NULL CHECK (outcome IN ('received', 'placed', 'repeated', 'refused')),
    -- Why not.
    code         text,
    reason       text        CHECK (length(reason) <= 1000),
    order_id     uuid
);
CREATE INDEX webhook_log_hook ON trading.webhook_log (webhook_id, id DESC);
CREATE INDEX webhook_log_key ON trading.webhook_log (webhook_id, alert_key, id DESC);
CREATE INDEX webhook_log_time ON trading.webhook_log (webhook_id, received_at);
