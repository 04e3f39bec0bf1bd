DROP TABLE market.symbol_rules;
DROP TABLE market.symbols;
DROP TABLE market.venues;
DROP DOMAIN market.amount;
DROP DOMAIN market.quantity;
DROP DOMAIN market.price;
DROP SCHEMA market;
