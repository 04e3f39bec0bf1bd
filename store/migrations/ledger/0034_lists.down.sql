DROP INDEX ledger.trades_symbol, ledger.trades_strategy, ledger.orders_symbol, ledger.orders_refused;
CREATE INDEX trades_symbol ON ledger.trades (symbol, entry_time DESC);
CREATE INDEX trades_strategy ON ledger.trades (strategy_name, entry_time DESC);
