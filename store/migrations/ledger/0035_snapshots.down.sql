DROP INDEX ledger.performance_snapshots_at;
