-- Who is logged in. The token itself is known to its holder only.

CREATE TABLE auth.sessions (
    id           uuid        PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    token_hash   bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    -- Moves on with use, up to ends_at.
    expires_at   timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL CHECK (expires_at <= ends_at),
    ip           inet,
    user_agent   text        CHECK (length(user_agent) <= 300)
);
CREATE INDEX sessions_user ON auth.sessions (user_id);
CREATE INDEX sessions_expiry ON auth.sessions (expires_at);
