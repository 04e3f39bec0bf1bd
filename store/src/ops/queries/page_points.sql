-- From each series no more rows than the page has; then the first of all.
SELECT s.id, s.bucket, s.measurement, s.tags::text AS tags, p.time, p.nanos, p.fields::text AS fields
FROM ops.series s
CROSS JOIN LATERAL (
    SELECT time, nanos, fields FROM ops.points
    WHERE series_id = s.id AND time >= $4 AND time < $5
      AND (time, nanos, series_id) > ($6, $7, $8)
    ORDER BY time, nanos
    LIMIT $9
) p
WHERE s.measurement = $1 AND s.tags @> $2::jsonb AND ($3::text IS NULL OR s.bucket = $3)
ORDER BY p.time, p.nanos, s.id
LIMIT $9
