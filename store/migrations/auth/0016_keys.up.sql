-- What programs show instead of logging in. The key itself is known to its holder only.

CREATE TABLE auth.api_keys (
    id           uuid        PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- The first characters of the key, by which people recognise it.
    beginning    text        NOT NULL,
    key_hash     bytea       NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
    scopes       text[]      NOT NULL CHECK (cardinality(scopes) > 0),
    -- Ranges of addresses that it may come from; none is every one.
    networks     text[]      NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz CHECK (expires_at > created_at),
    -- To the minute or so.
    last_used_at timestamptz,
    last_used_ip inet
);
CREATE INDEX api_keys_user ON auth.api_keys (user_id);
CREATE TRIGGER api_keys_tell_end AFTER DELETE ON auth.api_keys
    FOR EACH ROW EXECUTE FUNCTION auth.tell_change('user_id');
