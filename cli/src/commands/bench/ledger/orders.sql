-- The orders $1 up to $2 of each of the bots, of $3 that each has, evenly over two years until now. Of eight the first buys
-- and the fifth sells what was bought; the others are withdrawn. The last of all is open, and so is the last position.
-- What fills has an event, in their order.
WITH placed AS (
INSERT INTO ledger.orders (id, account_id, bot_id, client_order_id, venue_order_id, symbol, mode, side, kind, status, quantity,
    limit_price, filled, filled_quote, strategy, exchange_metadata, version, placed_at, updated_at)
SELECT (lpad(to_hex(o.ms), 12, '0') || '7' || lpad(to_hex(b.number), 3, '0') || '8' || lpad(to_hex(o.n), 15, '0'))::uuid,
    b.account_id, b.id, 'order-' || b.number || '-' || o.n, (b.number * 100000000::bigint + o.n)::text,
    'bench:S' || b.number % 10 || 'USDT', 'spot', CASE o.n % 8 / 4 WHEN 0 THEN 'buy' ELSE 'sell' END, 'limit', o.status, 0.25,
    o.price, CASE o.status WHEN 'filled' THEN 0.25 ELSE 0 END, CASE o.status WHEN 'filled' THEN 0.25 * o.price ELSE 0 END,
    'cross', '{}', CASE o.status WHEN 'open' THEN 2 ELSE 3 END, to_timestamp(o.ms / 1000.0), to_timestamp(o.ms / 1000.0)
FROM (SELECT id, account_id, substr(name, 5)::int AS number FROM trading.bots) b
CROSS JOIN LATERAL (
    SELECT n, round((30000 + 9000 * sin(n / 5000.0) + 400 * sin(n * (b.number + 1)))::numeric, 1) AS price,
        (extract(epoch FROM now() - interval '730 days' * ($3 - n) / $3) * 1000)::bigint + b.number AS ms,
        CASE WHEN n = $3 - 1 THEN 'open' WHEN n % 8 = 0 OR n % 8 = 4 AND n < $3 - 8 THEN 'filled' ELSE 'cancelled' END AS status
    FROM generate_series($1::int, $2::int - 1) n) o
ORDER BY o.n, b.number
RETURNING id, status, placed_at, limit_price, filled
)
INSERT INTO ledger.events (stream, version, stream_kind, kind, body, recorded_at, hash)
SELECT id, 3, 'order', 'filled',
    json_build_object('fill', json_build_object('time', placed_at, 'price', limit_price::text, 'quantity', filled::text)), placed_at,
    sha256(id::text::bytea)
FROM placed WHERE status = 'filled'
ORDER BY placed_at, id
