-- What is told of a bot has whose it is and what it is doing, so that whoever watches it need not ask. Times are
-- microseconds since 1970.
CREATE OR REPLACE FUNCTION trading.tell_of_bot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bot trading.bots := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    told text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        bot.revision := OLD.revision + 1;
    END IF;
    told := CASE WHEN TG_OP = 'DELETE' THEN 'deleted' ELSE bot.status END;
    PERFORM pg_notify('chandlery_bots', format('%s %s %s %s', bot.id, bot.revision, told, jsonb_build_object(
        'user', bot.user_id, 'account', bot.account_id,
        'started_us', (extract(epoch FROM bot.started_at) * 1000000)::bigint,
        'heartbeat_us', (extract(epoch FROM bot.last_heartbeat) * 1000000)::bigint,
        'error_count', bot.error_count,
        'balance', trim_scale(bot.current_balance)::text, 'total_pnl', trim_scale(bot.total_pnl)::text)));
    RETURN bot;
END $$;
