-- What was done, by whom and from where. Rows are added and never changed; partitions of months go as a whole.

CREATE TABLE auth.audit_log (
    id            bigint      GENERATED ALWAYS AS IDENTITY,
    at            timestamptz NOT NULL,
    -- Who did it; null where nobody is known. No foreign key: the record outlives the person's account.
    user_id       uuid,
    session_id    uuid,
    -- user.login, session.revoke, …
    action        text        NOT NULL CHECK (action <> ''),
    outcome       text        NOT NULL CHECK (outcome IN ('ok', 'refused')),
    resource      text,
    ip            inet,
    user_agent    text,
    -- What changed, without secrets.
    before        jsonb,
    after         jsonb,
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE INDEX audit_log_user ON auth.audit_log (user_id, at);
CREATE INDEX audit_log_action ON auth.audit_log (action, resource, at);

CREATE FUNCTION auth.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of auth.audit_log are never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE ON auth.audit_log
    FOR EACH ROW EXECUTE FUNCTION auth.refuse_change();
