-- Every process hears of it when somebody's rights or sessions end, whoever ended them, so that none goes on
-- from memory. The transaction itself tells it: nobody can forget to.

CREATE FUNCTION auth.tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('chandlery_auth', to_jsonb(OLD) ->> TG_ARGV[0]);
    RETURN NULL;
END $$;
CREATE TRIGGER users_tell_change AFTER UPDATE OF role, deactivated_at OR DELETE ON auth.users
    FOR EACH ROW EXECUTE FUNCTION auth.tell_change('id');
CREATE TRIGGER sessions_tell_end AFTER DELETE ON auth.sessions
    FOR EACH ROW EXECUTE FUNCTION auth.tell_change('user_id');
