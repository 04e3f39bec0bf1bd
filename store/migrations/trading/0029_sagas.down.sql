DROP TABLE trading.saga_cursor, trading.sagas;
