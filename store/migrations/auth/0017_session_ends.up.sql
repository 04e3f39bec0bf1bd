-- Ends of sessions that are kept outside this database. An end is noted with its line of the record, so that
-- it holds even if the place that keeps the sessions doesn't hear of it.

CREATE TABLE auth.session_ends (
    user_id      uuid        NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
    -- Sessions that began later go on.
    at           timestamptz NOT NULL,
    -- That one; otherwise all, but for the kept one.
    only_session uuid,
    kept_session uuid,
    -- By then every session that this ends would be over.
    until        timestamptz NOT NULL,
    CHECK (only_session IS NULL OR kept_session IS NULL)
);
CREATE INDEX session_ends_user ON auth.session_ends (user_id);
CREATE INDEX session_ends_until ON auth.session_ends (until);

-- As for sessions in this database.
CREATE FUNCTION auth.tell_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('chandlery_auth', NEW.user_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER session_ends_tell AFTER INSERT ON auth.session_ends
    FOR EACH ROW EXECUTE FUNCTION auth.tell_end();
