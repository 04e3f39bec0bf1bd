//! The books, as a server tells them: what is asked for, and what is read of the answers in `answers`.

use chandlery_client::{
    CurveQuery, Decimal, EntryQuery, ExplainQuery, FillQuery, GroupBy, OrderKind, OrderQuery,
    OrderStatus, PageQuery, PerformanceQuery, PortfolioQuery, PositionQuery, Side, Step, Timestamp,
    TradeQuery, Uuid,
};
use serde_json::json;

use crate::script::{answer, read, server};

const ACCOUNT: &str = "01a2056a-a8fd-7b06-b18c-1b1863bcd4f1";
const BOT: &str = "01a2056a-a92f-7e54-b84d-ab19c91319d0";
const SYMBOL: &str = "binance:LEDUSDT";

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

fn hour(hour: u8) -> Timestamp {
    format!("2026-01-05T{hour}:00:00Z").parse().unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn orders_are_looked_for_by_all_that_the_server_takes() {
    let query = OrderQuery {
        account: Some(id(ACCOUNT)),
        bot: Some(id(BOT)),
        symbol: some(SYMBOL),
        status: vec![OrderStatus::Filled, OrderStatus::Open],
        side: Some(Side::Sell),
        kind: Some(OrderKind::StopLimit),
        strategy: some("cross"),
        client_order_id: some("o3"),
        from: Some(hour(10)),
        to: Some(hour(11)),
        as_of: Some(hour(12)),
        limit: Some(5),
        cursor: some("17.a"),
    };
    let none = json!({ "orders": [], "next": null });
    let (told, asked) = read(none, async |client| client.orders(&query).await).await;
    assert!(told.items.is_empty() && told.next.is_none());
    assert_eq!(
        asked,
        format!(
            "GET /v1/ledger/orders?account={ACCOUNT}&as_of=2026-01-05T12:00:00Z&bot={BOT}&\
             client_order_id=o3&cursor=17.a&from=2026-01-05T10:00:00Z&kind=stop_limit&limit=5&side=sell&\
             status=filled,open&strategy=cross&symbol={SYMBOL}&to=2026-01-05T11:00:00Z"
        )
    );
}

#[tokio::test]
async fn positions_have_their_mark() {
    let query = PositionQuery {
        account: Some(id(ACCOUNT)),
        status: some("open"),
        direction: some("short"),
        as_of: Some(hour(12)),
        maintenance_rate: Some(number("0.005")),
        ..PositionQuery::default()
    };
    let (told, asked) =
        read(answer!("positions"), async |client| client.positions(&query).await).await;
    assert_eq!(
        asked,
        format!(
            "GET /v1/ledger/positions?account={ACCOUNT}&as_of=2026-01-05T12:00:00Z&direction=short&\
             maintenance_rate=0.005&status=open"
        )
    );
    let held = &told.items[0];
    assert_eq!((held.mark_price, held.mark_age_s), (Some(number("120")), Some(2)));
    assert_eq!(held.mark_time, Some("2026-11-22T22:40:06Z".parse().unwrap()));
    assert_eq!(held.mark_missing, None);
    assert_eq!(held.unrealised_pnl, Some(number("-15")));
    assert_eq!(held.unrealised_ratio, Some(number("-0.428571428571428571")));
    assert_eq!(held.liquidation_price, Some(number("139.303482587064676617")));
}

#[tokio::test]
async fn round_trips_are_looked_for_by_what_came_of_them() {
    let query = TradeQuery {
        bot: Some(id(BOT)),
        direction: some("long"),
        result: some("profit"),
        entry_logic: some("up"),
        exit_logic: some("down"),
        exit_reason: some("roi"),
        interval: some("1h"),
        as_of: Some(hour(12)),
        ..TradeQuery::default()
    };
    let (told, asked) = read(answer!("trades"), async |client| client.trades(&query).await).await;
    assert_eq!(
        asked,
        format!(
            "GET /v1/ledger/trades?as_of=2026-01-05T12:00:00Z&bot={BOT}&direction=long&entry_logic=up&\
             exit_logic=down&exit_reason=roi&interval=1h&result=profit"
        )
    );
    let won = &told.items[0];
    assert_eq!((won.interval.as_deref(), won.net_pnl), (Some("1h"), number("19")));
    assert_eq!(won.other_fees["BNB"], number("0.001"));
    assert_eq!(won.pnl_ratio, Some(number("0.094527363184079602")));
}

#[tokio::test]
async fn balances_are_told_as_they_were() {
    let account = id(ACCOUNT);
    let (told, asked) =
        read(answer!("balances"), async |client| client.balances_at(account, hour(12)).await).await;
    let path = format!("GET /v1/ledger/accounts/{ACCOUNT}/balances");
    assert_eq!(asked, format!("{path}?as_of=2026-01-05T12:00:00Z"));
    assert_eq!((told[0].asset.as_str(), told[0].cash), ("BNB", number("-0.001")));
    let (now, asked) =
        read(answer!("balances"), async |client| client.balances(account).await).await;
    assert_eq!((now, asked), (told, path));
}

#[tokio::test]
async fn performance_has_groups_and_metrics() {
    let query = PerformanceQuery {
        account: Some(id(ACCOUNT)),
        bot: Some(id(BOT)),
        symbol: some(SYMBOL),
        strategy: some("cross"),
        interval: some("1h"),
        entry_logic: some("up"),
        exit_logic: some("down"),
        exit_reason: some("roi"),
        direction: some("long"),
        result: some("loss"),
        from: Some(hour(10)),
        to: Some(hour(13)),
        currency: some("USDT"),
        group_by: Some(GroupBy::ExitReason),
        starting_balance: Some(number("1000.50")),
    };
    let (told, asked) =
        read(answer!("performance"), async |client| client.performance(&query).await).await;
    assert_eq!(
        asked,
        format!(
            "GET /v1/ledger/performance?account={ACCOUNT}&bot={BOT}&currency=USDT&direction=long&entry_logic=up&\
             exit_logic=down&exit_reason=roi&from=2026-01-05T10:00:00Z&group_by=exit_reason&interval=1h&result=loss&\
             starting_balance=1000.50&strategy=cross&symbol={SYMBOL}&to=2026-01-05T13:00:00Z"
        )
    );
    assert_eq!((told.from, told.to), (Some(hour(10)), Some(hour(13))));
    assert_eq!((told.currency.as_str(), told.starting_balance), ("USDT", number("1000")));
    let [won, lost] = &told.groups[..] else { panic!("{:?}", told.groups) };
    assert_eq!(won.key.as_ref().unwrap()["exit_reason"].as_deref(), Some("roi"));
    assert_eq!((won.trades, won.wins, won.losses, won.draws), (1, 1, 0, 0));
    assert_eq!((won.win_rate, lost.win_rate), (Some(1.0), Some(0.0)));
    assert_eq!((lost.gross_pnl, lost.net_pnl), (number("-10"), number("-12")));
    assert_eq!((lost.commission, lost.funding), (number("2"), Decimal::ZERO));
    assert_eq!(won.other_fees["BNB"], number("0.001"));
    assert_eq!(won.metrics["freqtrade"]["sharpe_freqtrade"], Some(-100.0));
    assert_eq!(won.metrics["empyrical"]["sharpe_empyrical"], None);
    let other = &told.unconverted[0];
    assert_eq!((other.quote.as_str(), other.trades, other.net_pnl), ("USDT", 2, number("7")));
}

#[tokio::test]
async fn equity_is_told_over_time() {
    let query = CurveQuery {
        account: Some(id(ACCOUNT)),
        interval: Some(Step::Hour),
        from: Some(hour(10)),
        to: Some(hour(11)),
        currency: some("USDT"),
        ..CurveQuery::default()
    };
    let (told, asked) = read(answer!("equity"), async |client| client.equity(&query).await).await;
    let range = "from=2026-01-05T10:00:00Z&interval=hour&to=2026-01-05T11:00:00Z";
    assert_eq!(asked, format!("GET /v1/ledger/equity?account={ACCOUNT}&currency=USDT&{range}"));
    assert_eq!((told.currency.as_str(), told.interval), ("USDT", Step::Hour));
    let [first, last] = &told.points[..] else { panic!("{:?}", told.points) };
    assert_eq!(
        (first.time, first.drawdown_ratio, last.drawdown_ratio),
        (hour(10), None, Some(0.0))
    );
    assert_eq!((last.equity, last.realised_pnl), (number("999"), number("-1")));
    assert_eq!((last.unrealised_pnl, last.drawdown), (Decimal::ZERO, Decimal::ZERO));
    assert_eq!(told.unpriced, ["BNB"]);
    assert_eq!((&first.unpriced[..], &last.unpriced[..]), (&told.unpriced[..], &[][..]));
}

#[tokio::test]
async fn snapshots_are_of_full_hours() {
    let query =
        CurveQuery { bot: Some(id(BOT)), interval: Some(Step::Day), ..CurveQuery::default() };
    let (told, asked) =
        read(answer!("snapshots"), async |client| client.snapshots(&query).await).await;
    assert_eq!(asked, format!("GET /v1/ledger/snapshots?bot={BOT}&interval=day"));
    let [whole, of_bot] = &told.snapshots[..] else { panic!("{:?}", told.snapshots) };
    assert_eq!((whole.bot, whole.cash), (None, Some(number("795.75"))));
    assert_eq!((of_bot.bot, of_bot.cash), (Some(id(BOT)), None));
    assert_eq!((of_bot.realised_pnl, of_bot.unrealised_pnl), (number("5.75"), number("15")));
    assert_eq!((of_bot.open_positions, of_bot.closed_trades, of_bot.win_rate), (2, 2, Some(0.5)));
    assert_eq!((whole.equity, whole.drawdown), (number("1020.75"), Decimal::ZERO));
    assert_eq!((whole.unpriced.as_slice(), told.unconverted.len()), (&["BNB".to_owned()][..], 0));
}

#[tokio::test]
async fn the_portfolio_is_all_that_one_has() {
    let query = PortfolioQuery { currency: some("USDT"), as_of: Some(hour(12)) };
    let (told, asked) =
        read(answer!("portfolio"), async |client| client.portfolio(&query).await).await;
    assert_eq!(asked, "GET /v1/ledger/portfolio?as_of=2026-01-05T12:00:00Z&currency=USDT");
    assert_eq!((told.equity, told.unrealised_pnl), (number("1020.75"), number("15")));
    let led = &told.assets[1];
    assert_eq!(
        (led.cash, led.price, led.value),
        (Decimal::TWO, Some(number("120")), Some(number("240")))
    );
    assert_eq!((told.assets[0].price, told.assets[0].price_time), (None, None));
    assert_eq!((told.accounts[0].account, told.accounts[0].equity), (id(ACCOUNT), told.equity));
    let bot = &told.bots[0];
    assert_eq!((bot.bot, bot.realised_pnl, bot.open_positions), (id(BOT), number("5.75"), 2));
    let held = &told.exposure[0];
    assert_eq!((held.quantity, held.value), (Decimal::ONE, Some(number("120"))));
    assert_eq!(told.unpriced, ["BNB"]);
    let (_, asked) = read(answer!("portfolio"), async |client| {
        client.portfolio(&PortfolioQuery::default()).await
    })
    .await;
    assert_eq!(asked, "GET /v1/ledger/portfolio");
}

#[tokio::test]
async fn profit_is_explained() {
    let position = id("4ed4e509-63db-8454-8d87-d033e4e0cc30");
    let (told, asked) =
        read(answer!("explanation"), async |client| client.explain_position(position).await).await;
    assert_eq!(asked, format!("GET /v1/ledger/positions/{position}/explain"));
    assert_eq!(told.position, Some(position));
    let [fill, fee] = &told.lines[..] else { panic!("{:?}", told.lines) };
    assert_eq!((fill.kind.as_str(), fill.leg.as_deref()), ("fill", Some("exit")));
    assert_eq!((fill.price, fill.quantity), (Some(number("110")), Some(Decimal::TWO)));
    assert_eq!((fill.profit, fill.amount), (Some(number("20")), None));
    assert_eq!((fee.asset.as_deref(), fee.amount), (Some("BNB"), Some(number("-0.001"))));
    assert_eq!((fee.profit, fee.quote.as_str()), (None, "USDT"));
    let total = &told.totals[0];
    assert_eq!((total.gross_pnl, total.commission), (number("20"), Decimal::ONE));
    assert_eq!((total.funding, total.total), (Decimal::ZERO, number("19")));

    let query = ExplainQuery {
        account: Some(id(ACCOUNT)),
        bot: Some(id(BOT)),
        symbol: some(SYMBOL),
        from: Some(hour(10)),
        to: Some(hour(12)),
    };
    let nothing = json!({ "position": null, "lines": [], "totals": [] });
    let (told, asked) = read(nothing, async |client| client.explain(&query).await).await;
    let range = "from=2026-01-05T10:00:00Z";
    assert_eq!(
        asked,
        format!(
            "GET /v1/ledger/explain?account={ACCOUNT}&bot={BOT}&{range}&symbol={SYMBOL}&to=2026-01-05T12:00:00Z"
        )
    );
    assert_eq!(told.position, None);
}

#[tokio::test]
async fn money_is_told_entry_by_entry() {
    let query = EntryQuery {
        account: Some(id(ACCOUNT)),
        asset: some("USDT"),
        purse: some("fees"),
        kind: some("filled"),
        limit: Some(1),
        ..EntryQuery::default()
    };
    let last = json!({ "entries": [], "next": null });
    let (client, script) = server(&[(200, answer!("entries")), (200, last)]).await;
    let all = client.entry_pages(&query).all().await.unwrap();
    let asked: Vec<String> = script.seen.lock().unwrap().drain(..).map(|seen| seen.asked).collect();
    let list = format!("GET /v1/ledger/entries?account={ACCOUNT}&asset=USDT");
    assert_eq!(
        asked,
        [
            format!("{list}&kind=filled&limit=1&purse=fees"),
            format!("{list}&cursor=1767618000000000.28.6&kind=filled&limit=1&purse=fees"),
        ]
    );
    let [fee] = &all[..] else { panic!("{all:?}") };
    assert_eq!((fee.event, fee.line, fee.amount), (31, 6, Decimal::ONE));
    assert_eq!((fee.kind.as_str(), fee.purse.as_str()), ("filled", "fees"));
    assert_eq!((fee.symbol.as_deref(), fee.client_order_id.as_deref()), (Some(SYMBOL), Some("o4")));
    assert_eq!((fee.bot, fee.time), (Some(id(BOT)), hour(14)));
}

#[tokio::test]
async fn own_fills_say_of_which_order_they_are() {
    let query = FillQuery {
        bot: Some(id(BOT)),
        side: Some(Side::Sell),
        from: Some(hour(10)),
        ..FillQuery::default()
    };
    let (told, asked) =
        read(answer!("own_fills"), async |client| client.own_fills(&query).await).await;
    assert_eq!(
        asked,
        format!("GET /v1/ledger/fills?bot={BOT}&from=2026-01-05T10:00:00Z&side=sell")
    );
    assert_eq!(told.next.as_deref(), Some("1767618000000000.28"));
    let sold = &told.items[0];
    assert_eq!((sold.client_order_id.as_str(), sold.side), ("o3", Side::Sell));
    assert_eq!((sold.fill.price, sold.fill.quote), (number("105"), number("210")));
    assert_eq!((sold.fill.time, sold.fill.fees[0].amount), (hour(13), Decimal::ONE));
}

#[tokio::test]
async fn what_happened_to_an_order_is_told() {
    let order = Uuid::from_u128(7);
    let query = PageQuery { limit: Some(1), cursor: some("2") };
    let (told, asked) =
        read(answer!("order_events"), async |client| client.order_events(order, &query).await)
            .await;
    assert_eq!(asked, format!("GET /v1/ledger/orders/{order}/events?cursor=2&limit=1"));
    let placed = &told.items[0];
    assert_eq!((placed.kind.as_str(), placed.version, placed.event), ("placed", 1, 20));
    assert_eq!((placed.hash.len(), &placed.body["terms"]["quantity"]), (64, &json!("2")));
}

#[tokio::test]
async fn imports_are_listed_and_reported() {
    let query = PageQuery { limit: Some(1), ..PageQuery::default() };
    let (told, asked) = read(answer!("imports"), async |client| client.imports(&query).await).await;
    assert_eq!(asked, "GET /v1/ledger/imports?limit=1");
    let found = &told.items[0];
    assert_eq!((found.file.as_str(), found.reconciled), ("results.json", true));
    assert_eq!(found.counts["trades"]["rows"], 0);
    let (told, asked) =
        read(answer!("import_report"), async |client| client.import_report(found.id).await).await;
    assert_eq!(asked, format!("GET /v1/ledger/imports/{}", found.id));
    assert_eq!((&told.import, &told.report["rows"]), (found, &json!([])));
}
