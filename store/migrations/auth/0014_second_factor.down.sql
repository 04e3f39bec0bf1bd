DROP TABLE auth.recovery_codes, auth.totp, auth.pending_logins;
