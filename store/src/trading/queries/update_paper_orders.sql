UPDATE trading.paper_orders o SET
    status = n.status, state = n.state::json, reach_below = n.below, reach_above = n.above,
    seen_time = n.seen_time, seen_seq = n.seen_seq, seen_id = n.seen_id, updated_at = $9
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::timestamptz[], $7::int4[], $8::int8[])
    AS n (id, status, state, below, above, seen_time, seen_seq, seen_id)
WHERE o.id = n.id
