-- Codes that people type, and mails with such codes that are yet to be sent.

CREATE TABLE auth.codes (
    -- Null for what makes the first administrator: there is nobody yet.
    user_id       uuid        REFERENCES auth.users (id) ON DELETE CASCADE,
    purpose       text        NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'setup')),
    code_hash     bytea       NOT NULL CHECK (octet_length(code_hash) = 32),
    created_at    timestamptz NOT NULL,
    -- Null: valid until it is used or replaced.
    expires_at    timestamptz,
    attempts_left integer     NOT NULL CHECK (attempts_left >= 0),
    CHECK ((user_id IS NULL) = (purpose = 'setup'))
);
-- A person has one code of a purpose; another one takes its place.
CREATE UNIQUE INDEX codes_owner ON auth.codes (purpose, coalesce(user_id, '00000000-0000-0000-0000-000000000000'));
CREATE INDEX codes_user ON auth.codes (user_id);

-- No code is in here, and whether the address is anybody's is found out when the mail is made: what asks for
-- a mail does the same for every address.
CREATE TABLE auth.code_requests (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purpose     text        NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    email       text        NOT NULL,
    created_at  timestamptz NOT NULL,
    tries       integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    UNIQUE (email, purpose)
);
CREATE INDEX code_requests_due ON auth.code_requests (next_try_at);
