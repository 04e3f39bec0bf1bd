-- Ticks in daily partitions. No foreign key to symbols: checking it would cost each row a look-up,
-- and symbols are never deleted. No rounding type: see the domains of 0001.

CREATE TABLE market.ticks (
    symbol_id       integer         NOT NULL,
    time            timestamptz     NOT NULL,
    -- The venue's id; negative where it was derived from the row, for sources without ids.
    trade_id        bigint          NOT NULL,
    -- True for aggregate trades, whose ids and volumes must not mix with single trades'.
    aggregated      boolean         NOT NULL,
    -- Order among trades of the same time where ids don't give it.
    seq             integer         NOT NULL,
    price           market.price    NOT NULL,
    quantity        market.quantity NOT NULL,
    buyer_is_maker  boolean,
    trade_count     integer         NOT NULL CHECK (trade_count > 0),
    received_at     timestamptz,
    venue_trade_id  text,
    PRIMARY KEY (symbol_id, time, trade_id, aggregated)
) PARTITION BY RANGE (time);
-- Ranges of time across symbols; a B-tree for that would double what every insert costs.
CREATE INDEX ticks_time_brin ON market.ticks USING brin (time);
