DROP TABLE trading.paper_reports, trading.paper_positions, trading.paper_orders, trading.paper_symbols,
    trading.paper_settings;
DROP FUNCTION trading.tell_of_paper();
DROP FUNCTION trading.refuse_report_change();
