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
