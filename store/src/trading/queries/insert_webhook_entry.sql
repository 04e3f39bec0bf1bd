INSERT INTO trading.webhook_log
    (id, webhook_id, received_at, ip, content_type, user_agent, body, alert_key, first_id, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
