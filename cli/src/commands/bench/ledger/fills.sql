-- What became of the events after $1.
WITH filled AS (
    SELECT e.position AS event, o.*, 0.001 * o.filled_quote AS fee
    FROM ledger.events e JOIN ledger.orders o ON o.id = e.stream WHERE e.position > $1
), fill AS (
    INSERT INTO ledger.fills
    SELECT id, venue_order_id, account_id, symbol, side, limit_price, filled, filled_quote, jsonb_build_object('USDT', fee::text), 'taker',
        placed_at, event
    FROM filled
)
INSERT INTO ledger.postings (position, line, account_id, asset, purse, amount, at)
SELECT f.event, p.line, f.account_id, p.asset, p.purse, p.amount * CASE f.side WHEN 'buy' THEN 1 ELSE -1 END, f.placed_at
FROM filled f
CROSS JOIN LATERAL (VALUES (0, 'USDT', 'cash', -f.filled_quote), (1, 'USDT', 'market', f.filled_quote),
    (2, split_part(substr(f.symbol, 7), 'USDT', 1), 'cash', f.filled), (3, split_part(substr(f.symbol, 7), 'USDT', 1), 'market', -f.filled))
    AS p (line, asset, purse, amount)
