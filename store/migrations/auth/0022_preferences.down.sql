DROP TABLE auth.watchlists, auth.user_preferences;
