DROP FUNCTION market.refresh_symbol_summary();
