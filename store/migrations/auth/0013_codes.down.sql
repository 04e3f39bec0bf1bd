DROP TABLE auth.codes, auth.code_requests;
