-- Logins that went to another provider and are expected back, each once. The browser's secret is known to it only.

CREATE TABLE auth.oidc_logins (
    browser_hash bytea       PRIMARY KEY CHECK (octet_length(browser_hash) = 32),
    provider     text        NOT NULL,
    -- Where on the page to go on.
    next         text        NOT NULL CHECK (length(next) <= 1000),
    -- Whose account the identity is to be linked with, and the session in which that was asked for; null for a login.
    user_id      uuid        REFERENCES auth.users (id) ON DELETE CASCADE,
    session_id   uuid,
    expires_at   timestamptz NOT NULL,
    CHECK ((user_id IS NULL) = (session_id IS NULL))
);
-- Whoever unlinks an identity is not to be known by it again because of their address alone.
ALTER TABLE auth.identities ADD COLUMN ended_at timestamptz;
CREATE INDEX oidc_logins_user ON auth.oidc_logins (user_id);
CREATE INDEX oidc_logins_expiry ON auth.oidc_logins (expires_at);
