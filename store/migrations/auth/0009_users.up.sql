-- People: who they are, and how each of them is known elsewhere.

CREATE SCHEMA auth;

CREATE TABLE auth.users (
    id                uuid        PRIMARY KEY,
    -- Lower case throughout: two spellings of one address are one person.
    email             text        UNIQUE CHECK (email = lower(email) AND email LIKE '_%@_%' AND length(email) <= 254),
    display_name      text        CHECK (length(display_name) BETWEEN 1 AND 100),
    role              text        NOT NULL CHECK (role IN ('admin', 'trader', 'analyst', 'viewer')),
    -- Argon2id in PHC form; null for those who come by another provider only.
    password_hash     text        CHECK (password_hash LIKE '$argon2id$%'),
    email_verified_at timestamptz,
    deactivated_at    timestamptz,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    last_login_at     timestamptz
);
CREATE INDEX users_role ON auth.users (role);

CREATE TABLE auth.identities (
    user_id     uuid        NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    provider    text        NOT NULL CHECK (provider IN ('email', 'telegram', 'oidc')),
    -- The provider's own name of the person; of OpenID Connect the issuer's address and the subject.
    external_id text        NOT NULL CHECK (external_id <> ''),
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (provider, external_id)
);
CREATE INDEX identities_user ON auth.identities (user_id);
