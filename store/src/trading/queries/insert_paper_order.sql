INSERT INTO trading.paper_orders (id, account_id, symbol, symbol_id, status, rejected, state,
    seen_time, seen_seq, seen_id, reach_below, reach_above, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6::text::json, $7::text::json, $8, $9, $10, $11, $12, $13, $13)
RETURNING seq
