-- Some of a bucket's points before $3, series by series from series $2 on, through the primary key,
-- so that a run of batches reads no point twice. How many, and the last series.
WITH old AS (
    SELECT p.series_id, p.time, p.nanos
    FROM ops.series s
    CROSS JOIN LATERAL (
        SELECT series_id, time, nanos FROM ops.points
        WHERE series_id = s.id AND time < $3
        ORDER BY time, nanos
        LIMIT $4
    ) p
    WHERE s.bucket = $1 AND s.id >= $2
    ORDER BY s.id
    LIMIT $4
), gone AS (
    DELETE FROM ops.points p USING old
    WHERE p.series_id = old.series_id AND p.time = old.time AND p.nanos = old.nanos
    RETURNING p.series_id
)
SELECT count(*) AS row_count, max(series_id) AS last_series FROM gone
