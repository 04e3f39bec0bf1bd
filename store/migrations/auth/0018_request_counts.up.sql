-- How many requests were answered, hour by hour.

CREATE TABLE auth.request_counts (
    hour     timestamptz NOT NULL,
    -- Zeros where no credentials came, or no key. No foreign keys: the counts outlive accounts.
    user_id  uuid        NOT NULL,
    key_id   uuid        NOT NULL,
    method   text        NOT NULL,
    path     text        NOT NULL,
    requests bigint      NOT NULL CHECK (requests > 0),
    PRIMARY KEY (hour, user_id, key_id, method, path)
);
CREATE INDEX request_counts_user ON auth.request_counts (user_id, hour);
