DROP VIEW market.candles_named;
DROP MATERIALIZED VIEW market.symbol_summary;
DROP TABLE market.ingest_progress;
