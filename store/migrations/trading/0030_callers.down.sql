DROP TABLE trading.webhook_log;
DROP TABLE trading.webhooks;
DROP TABLE trading.signing_keys;
