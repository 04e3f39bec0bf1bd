CREATE OR REPLACE FUNCTION trading.tell_of_bot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM pg_notify('chandlery_bots', format('%s %s deleted', OLD.id, OLD.revision + 1));
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        NEW.revision := OLD.revision + 1;
    END IF;
    PERFORM pg_notify('chandlery_bots', format('%s %s %s', NEW.id, NEW.revision, NEW.status));
    RETURN NEW;
END $$;
