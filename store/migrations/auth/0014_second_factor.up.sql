-- The second factor of a login: codes of an authenticator app, and codes on paper for when it is lost.

CREATE TABLE auth.totp (
    user_id      uuid        PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
    -- Encrypted: a byte of form, four of the key's name, then nonce and ciphertext.
    secret       bytea       NOT NULL CHECK (octet_length(secret) > 29),
    created_at   timestamptz NOT NULL,
    -- From then on logins need it; null until its owner has shown that their app has it.
    confirmed_at timestamptz,
    -- The 30 seconds whose code was used last; a code is used once.
    last_step    bigint      NOT NULL DEFAULT 0
);

CREATE TABLE auth.recovery_codes (
    user_id   uuid  NOT NULL REFERENCES auth.totp (user_id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

-- Logins whose password was right and whose second factor is awaited.
CREATE TABLE auth.pending_logins (
    token_hash    bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id       uuid        NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    expires_at    timestamptz NOT NULL,
    attempts_left integer     NOT NULL CHECK (attempts_left >= 0)
);
CREATE INDEX pending_logins_user ON auth.pending_logins (user_id);
CREATE INDEX pending_logins_expiry ON auth.pending_logins (expires_at);
