-- The last event before the first that was recorded after $1: whatever stands behind that one was written after $1.
-- Events are nearly in the order of their times; no command takes as long as a minute. So halving finds where those a
-- minute older end, and the rest is looked through.
WITH RECURSIVE search AS (
    SELECT 0::bigint AS lo, coalesce(max(position), 0) + 1 AS hi FROM ledger.events
    UNION ALL
    SELECT CASE WHEN probe.old THEN probe.position ELSE lo END, CASE WHEN probe.old THEN hi ELSE (lo + hi) / 2 END
    FROM search
    CROSS JOIN LATERAL (
        SELECT position, recorded_at <= $1::timestamptz - interval '1 minute' AS old
        FROM ledger.events WHERE position >= (lo + hi) / 2 ORDER BY position LIMIT 1) AS probe
    WHERE hi - lo > 1
)
SELECT coalesce(
    (SELECT e.position - 1 FROM ledger.events e
     WHERE e.position > (SELECT max(lo) FROM search) AND e.recorded_at > $1 ORDER BY e.position LIMIT 1),
    (SELECT max(position) FROM ledger.events), 0)
