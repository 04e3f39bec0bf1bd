-- What a venue says of its symbols now; what it does not say keeps its value, and a row that says
-- nothing new is not written. A symbol that was taken off and is listed again is there again.
INSERT INTO market.symbols AS s (venue_id, code, base, quote, price_precision, quantity_precision,
    tick_size, lot_size, min_quantity, min_notional, active, listed_at)
SELECT v.id, l.*
FROM market.venues v, unnest($2::text[], $3::text[], $4::text[], $5::smallint[], $6::smallint[],
    $7::numeric[], $8::numeric[], $9::numeric[], $10::numeric[], $11::boolean[], $12::timestamptz[]) AS l
WHERE v.code = $1
ON CONFLICT (venue_id, code) DO UPDATE
SET base = excluded.base, quote = excluded.quote,
    price_precision = coalesce(excluded.price_precision, s.price_precision),
    quantity_precision = coalesce(excluded.quantity_precision, s.quantity_precision),
    tick_size = coalesce(excluded.tick_size, s.tick_size),
    lot_size = coalesce(excluded.lot_size, s.lot_size),
    min_quantity = coalesce(excluded.min_quantity, s.min_quantity),
    min_notional = coalesce(excluded.min_notional, s.min_notional),
    active = excluded.active, listed_at = coalesce(excluded.listed_at, s.listed_at),
    delisted_at = NULL, updated_at = now()
WHERE (s.base, s.quote, s.price_precision, s.quantity_precision, s.tick_size, s.lot_size,
       s.min_quantity, s.min_notional, s.active, s.listed_at, s.delisted_at)
    IS DISTINCT FROM (excluded.base, excluded.quote,
       coalesce(excluded.price_precision, s.price_precision),
       coalesce(excluded.quantity_precision, s.quantity_precision),
       coalesce(excluded.tick_size, s.tick_size), coalesce(excluded.lot_size, s.lot_size),
       coalesce(excluded.min_quantity, s.min_quantity),
       coalesce(excluded.min_notional, s.min_notional),
       excluded.active, coalesce(excluded.listed_at, s.listed_at), NULL)
