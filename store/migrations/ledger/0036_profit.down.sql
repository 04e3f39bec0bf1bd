DROP INDEX ledger.position_steps_bot;
CREATE INDEX position_steps_bot ON ledger.position_steps (bot_id, at) WHERE bot_id IS NOT NULL;
