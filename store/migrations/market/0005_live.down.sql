DROP TABLE market.candle_revisions;
DROP TABLE market.coverage;
DROP TABLE market.gaps;
DROP TABLE market.feeds;
