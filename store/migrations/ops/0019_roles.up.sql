-- Least rights: whoever owns the schema migrates; the program may serve as a role that reads and writes rows, makes
-- partitions by these functions alone, and can't change or delete lines of the record.

-- A day of ticks or a month of candles. Attaching an empty table locks out writers of the same partition only;
-- CREATE TABLE … PARTITION OF would lock out everybody who reads the whole.
CREATE FUNCTION market.make_partition(parent text, first date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    name text;
    next date;
BEGIN
    CASE parent
        WHEN 'ticks' THEN
            name := 'ticks_' || to_char(first, 'YYYYMMDD');
            next := first + 1;
        WHEN 'candles' THEN
            name := 'candles_' || to_char(first, 'YYYYMM');
            next := first + interval '1 month';
    END CASE;
    EXECUTE format('CREATE TABLE market.%I (LIKE market.%I INCLUDING ALL)', name, parent);
    EXECUTE format('ALTER TABLE market.%I ATTACH PARTITION market.%I FOR VALUES FROM (%L) TO (%L)',
                   parent, name, first::timestamptz, next::timestamptz);
END $$;

-- Rows are deleted before, so that nobody drops any by a slip.
CREATE FUNCTION market.drop_empty_partition(name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    filled boolean;
BEGIN
    PERFORM FROM pg_inherits WHERE inhparent IN ('market.ticks'::regclass, 'market.candles'::regclass)
        AND inhrelid = to_regclass(format('market.%I', name));
    IF NOT FOUND THEN
        RAISE EXCEPTION '% is no partition of ticks or candles', name;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM market.%I)', name) INTO filled;
    IF filled THEN
        RAISE EXCEPTION '% holds rows', name;
    END IF;
    EXECUTE format('DROP TABLE market.%I', name);
END $$;

CREATE FUNCTION auth.make_audit_month(first date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    IF first <> date_trunc('month', first) THEN
        RAISE EXCEPTION '% does not begin a month', first;
    END IF;
    EXECUTE format('CREATE TABLE auth.%I PARTITION OF auth.audit_log FOR VALUES FROM (%L) TO (%L)',
                   'audit_log_' || to_char(first, 'YYYYMM'), first::timestamptz, (first + interval '1 month')::timestamptz);
END $$;

-- Makes the roles and gives them their rights; again after every migration, for the tables that came with it. Roles belong to the
-- whole server: whoever may not make them leaves that to an administrator (docs/accounts.md).
CREATE FUNCTION ops.prepare_roles() RETURNS boolean LANGUAGE plpgsql AS $$
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

REVOKE EXECUTE ON FUNCTION market.make_partition(text, date), market.drop_empty_partition(text),
    auth.make_audit_month(date), ops.prepare_roles() FROM PUBLIC;
