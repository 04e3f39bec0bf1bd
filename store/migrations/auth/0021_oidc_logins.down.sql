DROP TABLE auth.oidc_logins;
DELETE FROM auth.identities WHERE ended_at IS NOT NULL;
ALTER TABLE auth.identities DROP COLUMN ended_at;
