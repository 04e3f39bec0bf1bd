-- Steps with the one before, and the fill that each is of.
SELECT s.position_id, s.position, s.symbol, s.quote, s.at, e.recorded_at, s.entry_quantity, s.exit_quantity,
    s.realised, (s.entry_fees + s.exit_fees)::numeric AS commission, s.funding, s.fees,
    b.entry_quantity AS before_entry_quantity, b.exit_quantity AS before_exit_quantity,
    b.realised AS before_realised, (b.entry_fees + b.exit_fees)::numeric AS before_commission, b.funding AS before_funding,
    b.fees AS before_fees, p.state->>'base' AS base, f.order_id, f.venue_trade_id, f.price
FROM ledger.position_steps s
JOIN ledger.positions p ON p.id = s.position_id
JOIN ledger.events e ON e.position = s.position
LEFT JOIN LATERAL (
    SELECT * FROM ledger.position_steps b WHERE b.position_id = s.position_id AND b.position < s.position
    ORDER BY b.position DESC LIMIT 1) AS b ON true
LEFT JOIN ledger.fills f ON f.order_id = e.stream AND f.position = s.position
WHERE s.account_id = ANY ($1)
    AND ($2::uuid IS NULL OR s.position_id = $2)
    AND ($3::uuid IS NULL OR s.bot_id = $3)
    AND ($4::text IS NULL OR s.symbol = $4)
    AND s.at >= coalesce($5::timestamptz, '-infinity') AND s.at < coalesce($6::timestamptz, 'infinity')
ORDER BY s.position, s.position_id
LIMIT $7
