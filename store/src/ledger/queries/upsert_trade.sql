INSERT INTO ledger.trades (
    id, account_id, bot_id, symbol, mode, direction, strategy_name, entry_logic_name, exit_logic_name, "interval",
    entry_time, exit_time, entry_price, exit_price, size, commission, other_fees, funding, gross_pnl, net_pnl,
    pnl_ratio, exit_reason, status, position, position_id, quote, leverage, entry_value, exit_value)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28, $29)
ON CONFLICT (id) DO UPDATE SET
    exit_logic_name = EXCLUDED.exit_logic_name, exit_time = EXCLUDED.exit_time, entry_price = EXCLUDED.entry_price,
    exit_price = EXCLUDED.exit_price, size = EXCLUDED.size, commission = EXCLUDED.commission,
    other_fees = EXCLUDED.other_fees, funding = EXCLUDED.funding, gross_pnl = EXCLUDED.gross_pnl,
    net_pnl = EXCLUDED.net_pnl, pnl_ratio = EXCLUDED.pnl_ratio, exit_reason = EXCLUDED.exit_reason,
    status = EXCLUDED.status, position = EXCLUDED.position, entry_value = EXCLUDED.entry_value,
    exit_value = EXCLUDED.exit_value
