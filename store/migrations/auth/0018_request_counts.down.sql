DROP TABLE auth.request_counts;
