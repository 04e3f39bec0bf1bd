-- A bot's profit by time is summed from the index alone.
DROP INDEX ledger.position_steps_bot;
CREATE INDEX position_steps_bot ON ledger.position_steps (bot_id, at) INCLUDE (account_id, quote, net_pnl) WHERE bot_id IS NOT NULL;
