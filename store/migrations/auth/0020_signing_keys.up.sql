-- Keys that sign tokens for services. A key signs for a month after it is made; its public part is kept until the
-- last token signed by it is over.

CREATE TABLE auth.signing_keys (
    -- By this name a token says which key signed it.
    id          uuid        PRIMARY KEY,
    public_key  bytea       NOT NULL CHECK (octet_length(public_key) = 32),
    -- Encrypted: a byte of form, four of the key's name, then nonce and ciphertext.
    private_key bytea       NOT NULL CHECK (octet_length(private_key) > 29),
    created_at  timestamptz NOT NULL
);
CREATE INDEX signing_keys_age ON auth.signing_keys (created_at);
