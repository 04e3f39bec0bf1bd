SELECT w.*, b.account_id, a.user_id, v.code AS venue, u.role, u.deactivated_at, s.name AS strategy,
    b.status = 'paused' OR b.status = 'stopped' AND b.started_at IS NOT NULL AS rests
FROM trading.webhooks w
JOIN trading.bots b ON b.id = w.bot_id
JOIN trading.venue_accounts a ON a.id = b.account_id
JOIN market.venues v ON v.id = a.venue_id
JOIN auth.users u ON u.id = a.user_id AND u.id = b.user_id
LEFT JOIN trading.strategy_versions sv ON sv.id = b.strategy_version_id
LEFT JOIN trading.strategies s ON s.id = sv.strategy_id
WHERE w.id = $1
