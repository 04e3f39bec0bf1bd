-- One bot after the other on account after account.
INSERT INTO trading.bots (id, user_id, account_id, name, type, status, config, extra_metadata, silent_after_s, error_count,
    created_at, updated_at)
SELECT gen_random_uuid(), $1, a.id, 'bot-' || n, 'live', 'stopped', '{}', '{}', 60, 0, now(), now()
FROM generate_series(0, $2::int - 1) n
JOIN (SELECT id, row_number() OVER (ORDER BY name) - 1 AS number, count(*) OVER () AS accounts
      FROM trading.venue_accounts WHERE user_id = $1) a ON a.number = n % a.accounts
