DROP TRIGGER sessions_tell_end ON auth.sessions;
DROP TRIGGER users_tell_change ON auth.users;
DROP FUNCTION auth.tell_change();
