-- The record outlives a person's account, but not their address: this is the one change of its lines that there is.

CREATE OR REPLACE FUNCTION auth.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Both are so inside auth.forget_in_audit only, for whoever doesn't own the table.
    IF TG_OP = 'UPDATE' AND current_setting('chandlery.forgetting', true) = 'yes'
        AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'auth.audit_log'::regclass), 'USAGE')
        AND (NEW.id, NEW.at, NEW.user_id, NEW.session_id, NEW.action, NEW.outcome)
            IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.user_id, OLD.session_id, OLD.action, OLD.outcome) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'rows of auth.audit_log are never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END $$;

-- Puts a person's number in the place of their address, and takes away from where and with what they came.
CREATE FUNCTION auth.forget_in_audit(person uuid, address text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET chandlery.forgetting = 'yes' AS $$
DECLARE
    changed bigint;
BEGIN
    UPDATE auth.audit_log SET
        resource = CASE WHEN resource = address THEN person::text ELSE resource END,
        ip = CASE WHEN user_id = person OR resource = address THEN NULL ELSE ip END,
        user_agent = CASE WHEN user_id = person OR resource = address THEN NULL ELSE user_agent END,
        before = replace(before::text, to_jsonb(address)::text, to_jsonb(person)::text)::jsonb,
        after = replace(after::text, to_jsonb(address)::text, to_jsonb(person)::text)::jsonb
    WHERE user_id = person OR resource IN (address, person::text)
        OR strpos(before::text, to_jsonb(address)::text) > 0 OR strpos(after::text, to_jsonb(address)::text) > 0;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
REVOKE ALL ON FUNCTION auth.forget_in_audit FROM PUBLIC;
