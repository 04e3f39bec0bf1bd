DROP TABLE market.holdings;
DROP TABLE market.candles;
