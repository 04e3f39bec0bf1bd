INSERT INTO ops.points AS held (series_id, time, nanos, fields)
SELECT id, time, nanos, fields::jsonb
FROM unnest($1::bigint[], $2::timestamptz[], $3::smallint[], $4::text[])
    AS rows (id, time, nanos, fields)
ON CONFLICT (series_id, time, nanos) DO UPDATE SET fields = held.fields || excluded.fields
WHERE NOT held.fields @> excluded.fields
