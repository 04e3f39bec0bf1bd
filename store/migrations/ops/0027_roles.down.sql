CREATE OR REPLACE FUNCTION ops.prepare_roles() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    area text;
BEGIN
    FOREACH area IN ARRAY ARRAY['market', 'auth', 'ops', 'serve'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chandlery_' || area) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', 'chandlery_' || area);
            EXCEPTION
                WHEN insufficient_privilege THEN RETURN false;
                -- Another database of this server was as quick.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
    FOREACH area IN ARRAY ARRAY['market', 'auth', 'ops'] LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', area, 'chandlery_' || area);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', area, 'chandlery_' || area);
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', area, 'chandlery_' || area);
    END LOOP;
    -- Partitions are read and emptied by themselves too.
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA market GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO chandlery_market',
                   (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'market'));
    GRANT EXECUTE ON FUNCTION market.make_partition(text, date), market.drop_empty_partition(text) TO chandlery_market;
    -- Whoever is erased leaves their number; this is the one way to change lines, and it changes nothing else.
    GRANT EXECUTE ON FUNCTION auth.make_audit_month(date), auth.forget_in_audit(uuid, text) TO chandlery_auth;
    REVOKE UPDATE, DELETE, TRUNCATE ON auth.audit_log FROM chandlery_auth;
    FOR area IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'auth.audit_log'::regclass LOOP
        EXECUTE format('REVOKE ALL ON %s FROM chandlery_auth', area);
    END LOOP;
    REVOKE INSERT, UPDATE, DELETE ON ops.migrations FROM chandlery_ops;
    FOREACH area IN ARRAY ARRAY['market', 'auth', 'ops'] LOOP
        IF NOT pg_has_role('chandlery_serve', 'chandlery_' || area, 'MEMBER') THEN
            BEGIN
                EXECUTE format('GRANT %I TO chandlery_serve', 'chandlery_' || area);
            EXCEPTION
                WHEN insufficient_privilege THEN RETURN false;
                WHEN unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;
    RETURN true;
END $$;
