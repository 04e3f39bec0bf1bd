-- One symbol by venue and code, or all of them where both are null.
SELECT s.id, v.code AS venue, s.code, r.code AS replay_of, s.base, s.quote,
       s.price_precision, s.quantity_precision, s.tick_size, s.lot_size, s.min_quantity,
       s.min_notional, s.active, s.listed_at, s.delisted_at, s.price_scale, s.quantity_scale,
       s.quote_scale, m.interval, m.last_open_time, m.last_price, m.price_24h_ago, m.high_24h,
       m.low_24h, m.volume_24h
FROM market.symbols s
JOIN market.venues v ON v.id = s.venue_id
LEFT JOIN market.venues r ON r.id = v.replay_of
LEFT JOIN market.symbol_summary m ON m.symbol_id = s.id
WHERE ($1::text IS NULL OR v.code = $1) AND ($2::text IS NULL OR s.code = $2)
ORDER BY v.code, s.code
