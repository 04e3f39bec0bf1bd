DROP FUNCTION ops.prepare_roles();
DROP FUNCTION auth.make_audit_month(date);
DROP FUNCTION market.drop_empty_partition(text);
DROP FUNCTION market.make_partition(text, date);
