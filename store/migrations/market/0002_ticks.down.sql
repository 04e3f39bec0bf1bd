DROP TABLE market.ticks;
