-- So many accounts of somebody.
INSERT INTO trading.venue_accounts (id, user_id, venue_id, name, kind, created_at, updated_at)
SELECT gen_random_uuid(), $1, v.id, 'account-' || n, 'external', now(), now()
FROM market.venues v, generate_series(0, $2::int - 1) n
WHERE v.code = 'bench'
