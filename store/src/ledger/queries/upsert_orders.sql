INSERT INTO ledger.orders (
    id, account_id, bot_id, client_order_id, venue_order_id, symbol, mode, side, kind, status,
    quantity, quote_quantity, limit_price, stop_price, filled, filled_quote, strategy, exchange_metadata,
    version, placed_at, updated_at)
SELECT rows.*, $21
FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::numeric[], $12::numeric[], $13::numeric[], $14::numeric[], $15::numeric[], $16::numeric[],
    $17::text[], $18::jsonb[], $19::int4[], $20::timestamptz[]) AS rows
ON CONFLICT (id) DO UPDATE SET
    venue_order_id = EXCLUDED.venue_order_id, status = EXCLUDED.status, quantity = EXCLUDED.quantity,
    limit_price = EXCLUDED.limit_price, stop_price = EXCLUDED.stop_price, filled = EXCLUDED.filled,
    filled_quote = EXCLUDED.filled_quote, exchange_metadata = EXCLUDED.exchange_metadata,
    version = EXCLUDED.version, updated_at = EXCLUDED.updated_at
RETURNING *
