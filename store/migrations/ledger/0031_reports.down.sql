DROP TABLE ledger.performance_snapshots;
DROP INDEX ledger.positions_opened, ledger.fills_order_time, ledger.postings_external, ledger.postings_at;
DROP TRIGGER postings_dated ON ledger.postings;
DROP FUNCTION ledger.date_posting();
ALTER TABLE ledger.postings DROP COLUMN at;
DROP INDEX ledger.trades_open, ledger.trades_bot_closed, ledger.trades_closed;
ALTER TABLE ledger.trades DROP COLUMN quote, DROP COLUMN leverage, DROP COLUMN entry_value, DROP COLUMN exit_value;
DROP TABLE ledger.position_steps;
