DO $$ BEGIN
    IF EXISTS (SELECT FROM market.segments) THEN
        RAISE EXCEPTION 'rows are sealed in segments: `chandlery unseal --all` brings them back first';
    END IF;
END $$;
DROP TABLE market.retention_runs;
ALTER TABLE market.holdings DROP COLUMN sealed_to;
DROP TABLE market.unneeded_objects;
DROP TABLE market.segments;
