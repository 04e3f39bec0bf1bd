-- What the venue says of a symbol now; what it does not say keeps its value.
UPDATE market.symbols
SET base = $2, quote = $3,
    price_precision = coalesce($4, price_precision),
    quantity_precision = coalesce($5, quantity_precision),
    tick_size = coalesce($6, tick_size), lot_size = coalesce($7, lot_size),
    min_quantity = coalesce($8, min_quantity), min_notional = coalesce($9, min_notional),
    active = $10, listed_at = coalesce($11, listed_at), updated_at = now()
WHERE id = $1
