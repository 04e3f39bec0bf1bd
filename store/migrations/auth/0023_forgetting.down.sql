CREATE OR REPLACE FUNCTION auth.forget_in_audit(person uuid, address text) RETURNS bigint
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
