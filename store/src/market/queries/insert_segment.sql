-- What was written, read back and found equal to the rows that this transaction deletes.
INSERT INTO market.segments (symbol_id, interval, origin, range_from, range_to, first_time, last_time,
    min_id, max_id, row_count, tier, path, format, byte_count, checksum, row_digest,
    price_scale, quantity_scale, quote_scale, chunks, sealed_at, verified_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'warm', $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20)
