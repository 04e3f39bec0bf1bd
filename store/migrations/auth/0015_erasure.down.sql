DROP FUNCTION auth.forget_in_audit;
CREATE OR REPLACE FUNCTION auth.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of auth.audit_log are never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END $$;
