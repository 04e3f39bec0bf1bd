-- What was bought and sold by the fills after $1: positions, their steps, and round trips.
WITH bought AS (
    SELECT f.*, lead(f.position) OVER next AS sold, lead(f.quote) OVER next AS got, lead(f.filled_at) OVER next AS sold_at
    FROM (SELECT f.*, o.bot_id, split_part(substr(f.symbol, 7), 'USDT', 1) AS base
          FROM ledger.events e JOIN ledger.fills f ON f.order_id = e.stream JOIN ledger.orders o ON o.id = e.stream
          WHERE e.position > $1) f
    WINDOW next AS (PARTITION BY f.bot_id ORDER BY f.position)
), trip AS (
    SELECT *, 0.001 * quote AS fee, 0.001 * got AS exit_fee, got - quote AS gross FROM bought WHERE side = 'buy'
), position AS (
    INSERT INTO ledger.positions
    SELECT order_id, account_id, bot_id, symbol, 'spot', 'long', CASE WHEN sold IS NULL THEN 'open' ELSE 'closed' END,
        CASE WHEN sold IS NULL THEN quantity ELSE 0 END, price, coalesce(gross, 0), filled_at, sold_at,
        json_build_object('id', order_id, 'key', json_build_object('account', account_id, 'bot', bot_id, 'symbol', symbol, 'mode', 'spot'),
            'base', base, 'quote', 'USDT', 'direction', 'long', 'leverage', '1',
            'quantity', CASE WHEN sold IS NULL THEN quantity ELSE 0 END::text, 'cost', CASE WHEN sold IS NULL THEN quote ELSE 0 END::text,
            'lots', CASE WHEN sold IS NULL THEN json_build_array(json_build_object('price', price::text, 'quantity', quantity::text)) ELSE '[]' END,
            'largest', quantity::text,
            'entries', json_build_object('quantity', quantity::text, 'value', quote::text, 'fees', fee::text),
            'exits', json_build_object('quantity', CASE WHEN sold IS NULL THEN 0 ELSE quantity END::text, 'value', coalesce(got, 0)::text,
                'fees', coalesce(exit_fee, 0)::text),
            'realised', coalesce(gross, 0)::text, 'realised_fifo', coalesce(gross, 0)::text,
            'fees', json_build_object('USDT', (fee + coalesce(exit_fee, 0))::text), 'funding', '0',
            'opened_by', t.tags, 'closed_by', t.tags, 'opened_at', filled_at, 'closed_at', sold_at),
        coalesce(sold, position)
    FROM trip
    CROSS JOIN (SELECT '{"strategy":"cross","entry_logic":null,"exit_logic":null,"interval":"1h","exit_reason":null}'::json AS tags) t
), trade AS (
    INSERT INTO ledger.trades
    SELECT order_id, order_id, account_id, bot_id, symbol, 'spot', 'long', 'cross', NULL, NULL, '1h', filled_at, sold_at, price,
        got / quantity, quantity, fee + coalesce(exit_fee, 0), '{}', 0, coalesce(gross, 0), coalesce(gross, 0) - fee - coalesce(exit_fee, 0),
        (coalesce(gross, 0) - fee - coalesce(exit_fee, 0)) / quote, NULL, CASE WHEN sold IS NULL THEN 'open' ELSE 'closed' END,
        coalesce(sold, position), 'USDT', 1, quote, coalesce(got, 0)
    FROM trip
)
INSERT INTO ledger.position_steps
SELECT order_id, position, account_id, bot_id, symbol, 'spot', 'USDT', filled_at, quantity, quote, quantity, quantity, quote, fee, 0, 0, 0, 0, 0,
    jsonb_build_object('USDT', fee::text), NULL, NULL, -fee, 0, 0
FROM trip
UNION ALL
SELECT order_id, sold, account_id, bot_id, symbol, 'spot', 'USDT', sold_at, 0, 0, quantity, quantity, quote, fee, quantity, got, exit_fee, gross, 0,
    jsonb_build_object('USDT', (fee + exit_fee)::text), NULL, NULL, gross - exit_fee, 1, (gross - fee - exit_fee > 0)::int
FROM trip WHERE sold IS NOT NULL
