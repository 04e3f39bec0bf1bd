DROP TABLE auth.oidc_logins;
