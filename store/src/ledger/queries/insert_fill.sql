INSERT INTO ledger.fills (
    order_id, venue_trade_id, account_id, symbol, side, price, quantity, quote, fees, liquidity, filled_at, position)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
