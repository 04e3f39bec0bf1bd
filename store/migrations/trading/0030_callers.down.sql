DROP TABLE trading.signing_keys;
