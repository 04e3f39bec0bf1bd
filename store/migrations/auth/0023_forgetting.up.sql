-- Nobody is forgotten who is there, and nothing but an address of nobody's is replaced: so whoever serves can't use
-- this to change lines of others. Lines about a person that name nobody lose where they came from too, and those of
-- keys the key's name and addresses.
CREATE OR REPLACE FUNCTION auth.forget_in_audit(person uuid, address text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET chandlery.forgetting = 'yes' AS $$
DECLARE
    changed bigint;
BEGIN
    IF strpos(address, '@') < 2 OR EXISTS (SELECT FROM auth.users WHERE id = person OR email = address) THEN
        RAISE EXCEPTION 'only whoever is no longer there is forgotten' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE auth.audit_log SET
        resource = CASE WHEN resource = address THEN person::text ELSE resource END,
        ip = CASE WHEN user_id = person OR resource = address OR (user_id IS NULL AND resource = person::text)
            THEN NULL ELSE ip END,
        user_agent = CASE WHEN user_id = person OR resource = address OR (user_id IS NULL AND resource = person::text)
            THEN NULL ELSE user_agent END,
        before = replace((CASE WHEN action LIKE 'key.%' AND resource = person::text
            THEN before - '{name,addresses}'::text[] ELSE before END)::text,
            to_jsonb(address)::text, to_jsonb(person)::text)::jsonb,
        after = replace((CASE WHEN action LIKE 'key.%' AND resource = person::text
            THEN after - '{name,addresses}'::text[] ELSE after END)::text,
            to_jsonb(address)::text, to_jsonb(person)::text)::jsonb
    WHERE user_id = person OR resource IN (address, person::text)
        OR strpos(before::text, to_jsonb(address)::text) > 0 OR strpos(after::text, to_jsonb(address)::text) > 0;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
