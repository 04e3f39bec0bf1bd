-- Lists of orders and round trips go by account; these find what is rare there.

CREATE INDEX orders_symbol ON ledger.orders (account_id, symbol, placed_at DESC, id DESC);
CREATE INDEX orders_refused ON ledger.orders (account_id, status, placed_at DESC, id DESC) WHERE status IN ('rejected', 'expired');

DROP INDEX ledger.trades_symbol, ledger.trades_strategy;
CREATE INDEX trades_symbol ON ledger.trades (account_id, symbol, entry_time DESC, id DESC);
CREATE INDEX trades_strategy ON ledger.trades (account_id, strategy_name, entry_time DESC, id DESC);
