-- Venues and symbols, with the history of the rules that a symbol was traded under.

CREATE SCHEMA market;

-- Exact as the venue gives it: at most 28 significant digits, at most 18 after the point. A column
-- type of declared precision would round what does not fit; a domain refuses it. NaN and infinity
-- compare greater than every number, so the upper bound refuses them too (their scale is null).
CREATE DOMAIN market.price AS numeric CHECK (
    VALUE > 0 AND VALUE < 1e28 AND scale(VALUE) <= 18 AND (VALUE < 1e10 OR VALUE < (ARRAY[
        1e28, 1e27, 1e26, 1e25, 1e24, 1e23, 1e22, 1e21, 1e20, 1e19,
        1e18, 1e17, 1e16, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10])[scale(VALUE) + 1]));
CREATE DOMAIN market.quantity AS numeric CHECK (
    VALUE >= 0 AND VALUE < 1e28 AND scale(VALUE) <= 18 AND (VALUE < 1e10 OR VALUE < (ARRAY[
        1e28, 1e27, 1e26, 1e25, 1e24, 1e23, 1e22, 1e21, 1e20, 1e19,
        1e18, 1e17, 1e16, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10])[scale(VALUE) + 1]));
-- Sums of quantities and of price times quantity: 36 places hold any such product exactly.
CREATE DOMAIN market.amount AS numeric CHECK (VALUE >= 0 AND scale(VALUE) <= 36 AND VALUE < 1e40);

CREATE TABLE market.venues (
    id          smallint    GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text        NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9_-]+$'),
    name        text        NOT NULL,
    -- A venue whose ticks are the past of another one, played again.
    replay_of   smallint    REFERENCES market.venues (id),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE market.symbols (
    id                 integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    venue_id           smallint    NOT NULL REFERENCES market.venues (id),
    code               text        NOT NULL CHECK (code <> ''),
    base               text,
    quote              text,
    price_precision    smallint,
    quantity_precision smallint,
    tick_size          numeric     CHECK (tick_size > 0),
    lot_size           numeric     CHECK (lot_size > 0),
    min_quantity       numeric     CHECK (min_quantity >= 0),
    min_notional       numeric     CHECK (min_notional >= 0),
    active             boolean     NOT NULL DEFAULT true,
    listed_at          timestamptz,
    delisted_at        timestamptz,
    -- Most digits after the point in what is stored: how exact columns of an export must be.
    price_scale        smallint    NOT NULL DEFAULT 0,
    quantity_scale     smallint    NOT NULL DEFAULT 0,
    quote_scale        smallint    NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (venue_id, code),
    CHECK (delisted_at IS NULL OR listed_at IS NULL OR delisted_at >= listed_at)
);

CREATE TABLE market.symbol_rules (
    symbol_id          integer     NOT NULL REFERENCES market.symbols (id),
    valid_from         timestamptz NOT NULL,
    valid_to           timestamptz CHECK (valid_to > valid_from),
    price_precision    smallint,
    quantity_precision smallint,
    tick_size          numeric,
    lot_size           numeric,
    min_quantity       numeric,
    min_notional       numeric,
    active             boolean     NOT NULL,
    PRIMARY KEY (symbol_id, valid_from)
);
CREATE UNIQUE INDEX symbol_rules_current ON market.symbol_rules (symbol_id) WHERE valid_to IS NULL;
