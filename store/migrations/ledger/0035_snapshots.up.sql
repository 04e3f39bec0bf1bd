-- All snapshots of an account at one hour, whichever bots it has.
CREATE INDEX performance_snapshots_at ON ledger.performance_snapshots (account_id, at);
