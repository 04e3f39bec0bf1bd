DROP TABLE market.wanted;
