DROP TABLE auth.session_ends;
DROP FUNCTION auth.tell_end();
