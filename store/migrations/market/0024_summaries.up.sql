-- Whoever serves refreshes the summary without owning it.
CREATE FUNCTION market.refresh_symbol_summary() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    REFRESH MATERIALIZED VIEW CONCURRENTLY market.symbol_summary;
END $$;
