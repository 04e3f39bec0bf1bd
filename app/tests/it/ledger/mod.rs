//! The ledger on a real database.

mod random;
mod rebuild;
mod reports;
mod saga;

use app::ledger::{Ledger, LedgerError, NewOrder, Placed};
use app::{Clock, Random};
use domain::ledger::{
    AccountEvent, Fee, Fill, Liquidity, Metadata, Mode, OrderEvent, OrderKind, Refusal, Side, Tags,
    Terms, TimeInForce,
};
use domain::{Amount, Decimal, Time, parse_decimal};
use uuid::Uuid;

const ADA: Uuid = Uuid::from_u128(1);
const BEN: Uuid = Uuid::from_u128(2);
const ACCOUNT: Uuid = Uuid::from_u128(11);
const BOT: Uuid = Uuid::from_u128(21);

struct World {
    ledger: Ledger,
    fresh: testkit::Migrated,
}

/// Two people, an account of the first with a bot, and a symbol.
async fn world() -> World {
    let fresh = testkit::migrated().await;
    let sql = format!(
        "INSERT INTO auth.users (id, email, role, created_at, updated_at)
         VALUES ('{ADA}', 'ada@example.com', 'trader', now(), now()), ('{BEN}', 'ben@example.com', 'trader', now(), now());
         INSERT INTO market.venues (code, name) VALUES ('binance', 'Binance');
         INSERT INTO market.symbols (venue_id, code, base, quote, tick_size, lot_size, min_notional)
         SELECT id, 'BTCUSDT', 'BTC', 'USDT', 0.01, 0.0001, 5 FROM market.venues;
         INSERT INTO trading.venue_accounts (id, user_id, venue_id, name, kind, created_at, updated_at)
         SELECT '{ACCOUNT}', '{ADA}', id, 'main', 'external', now(), now() FROM market.venues;
         INSERT INTO trading.bots (id, user_id, account_id, name, type, status, config, extra_metadata, silent_after_s,
                                   error_count, created_at, updated_at)
         VALUES ('{BOT}', '{ADA}', '{ACCOUNT}', 'cross', 'live', 'running', '{{}}', '{{}}', 60, 0, now(), now())"
    );
    fresh.database.connect().await.batch_execute(&sql).await.expect("rows");
    let clock = Clock::fixed("2026-01-05T10:00:00Z".parse().expect("a time"));
    let ledger = Ledger::new(fresh.db.clone(), clock, Random::system());
    World { ledger, fresh }
}

fn dec(text: &str) -> Decimal {
    parse_decimal(text).expect(text)
}

fn amount(text: &str) -> Amount {
    text.parse().expect(text)
}

fn buy(client_order_id: &str, quantity: &str, price: &str) -> NewOrder {
    let terms = Terms {
        account: ACCOUNT,
        bot: Some(BOT),
        client_order_id: client_order_id.into(),
        symbol: "binance:BTCUSDT".parse().expect("a symbol"),
        mode: Mode::Spot,
        side: Side::Buy,
        kind: OrderKind::Limit,
        time_in_force: TimeInForce::Gtc,
        quantity: Some(dec(quantity)),
        quote_quantity: None,
        limit_price: Some(dec(price)),
        stop_price: None,
        trail: None,
        reduce_only: false,
        leverage: Decimal::ONE,
        tags: Tags { strategy: Some("cross".into()), ..Tags::default() },
        exchange_metadata: Metadata::parse(r#"{"selfTradePreventionMode":"NONE"}"#)
            .expect("an object"),
    };
    NewOrder { terms, submitted: true, venue_order_id: Some(format!("v-{client_order_id}")) }
}

fn sell(client_order_id: &str, quantity: &str, price: &str) -> NewOrder {
    let mut order = buy(client_order_id, quantity, price);
    order.terms.side = Side::Sell;
    order
}

fn fill(trade: &str, price: &str, quantity: &str, fee: &str) -> OrderEvent {
    let (price, quantity) = (dec(price), dec(quantity));
    OrderEvent::Filled {
        fill: Fill {
            venue_trade_id: trade.into(),
            price,
            quantity,
            quote: Amount::product(price, quantity),
            fees: vec![Fee { asset: "USDT".into(), amount: amount(fee) }],
            liquidity: Liquidity::Taker,
            time: Time::from_millis(1_767_607_200_000).expect("a time"),
            venue_profit: None,
        },
    }
}

impl World {
    async fn place(&self, order: NewOrder) -> Result<Placed, LedgerError> {
        self.ledger.place(ADA, order).await
    }

    async fn tell(&self, order: Uuid, event: OrderEvent) -> Result<String, LedgerError> {
        self.ledger.tell(ADA, order, event, None).await.map(|order| order.status)
    }

    async fn is_whole(&self) {
        let report = self.ledger.verify(|_| ()).await.expect("a report");
        assert_eq!(report.faults, [], "{report:?}");
    }

    async fn value(&self, sql: &str) -> String {
        let client = self.fresh.database.connect().await;
        client.query_one(&format!("SELECT ({sql})::text"), &[]).await.expect(sql).get(0)
    }
}

fn code(error: LedgerError) -> &'static str {
    match error {
        LedgerError::Refused(refusal) => refusal.code(),
        LedgerError::KeyReused { .. } => "key_reused",
        LedgerError::UnknownAccount => "unknown_account",
        LedgerError::UnknownOrder => "unknown_order",
        LedgerError::UnknownBot { .. } => "unknown_bot",
        LedgerError::ArchivedAccount => "archived",
        LedgerError::VenueTells => "venue_tells",
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_round_trip_ends_with_the_books_exact() {
    let world = world().await;
    let bought = world.place(buy("b1", "0.3", "40000")).await.expect("an order");
    assert!(bought.written.is_some());
    assert_eq!(
        world.tell(bought.id, fill("t1", "39999.99", "0.1", "4")).await.expect("a fill"),
        "partially_filled"
    );
    assert_eq!(
        world.tell(bought.id, fill("t2", "40000", "0.2", "8")).await.expect("a fill"),
        "filled"
    );
    let sold = world.place(sell("s1", "0.3", "41000")).await.expect("an order");
    assert_eq!(
        world.tell(sold.id, fill("t3", "41000.01", "0.3", "12.3")).await.expect("a fill"),
        "filled"
    );

    // 12300.003 − 11999.999 − 24.3 of fees.
    assert_eq!(world.value("SELECT net_pnl FROM ledger.trades").await, "275.704");
    assert_eq!(world.value("SELECT status FROM ledger.positions").await, "closed");
    let cash = "SELECT amount FROM ledger.balances WHERE purse = 'cash' AND asset = 'USDT'";
    assert_eq!(world.value(cash).await, "275.704");
    assert_eq!(world.value("SELECT count(*) FROM ledger.postings").await, "18");
    world.is_whole().await;
}

#[tokio::test]
async fn the_same_asked_again_is_the_same_and_something_else_is_refused() {
    let world = world().await;
    let first = world.place(buy("one", "0.1", "40000")).await.expect("an order");
    let again = world.place(buy("one", "0.1", "40000")).await.expect("the same");
    assert_eq!((again.id, again.written.is_some()), (first.id, false));
    assert_eq!(code(world.place(buy("one", "0.2", "40000")).await.unwrap_err()), "key_reused");

    let told = fill("t1", "40000", "0.1", "4");
    assert_eq!(world.tell(first.id, told.clone()).await.expect("a fill"), "filled");
    assert_eq!(world.tell(first.id, told).await.expect("the same"), "filled");
    let other = fill("t1", "40000", "0.05", "4");
    assert_eq!(code(world.tell(first.id, other).await.unwrap_err()), "fill_differs");
    assert_eq!(world.value("SELECT count(*) FROM ledger.fills").await, "1");

    let deposit = |amount_text: &str| AccountEvent::Deposited {
        asset: "USDT".into(),
        amount: amount(amount_text),
        time: Time::default(),
    };
    for _ in 0..2 {
        world.ledger.tell_account(ADA, ACCOUNT, deposit("1000"), "d1").await.expect("a deposit");
    }
    let other = world.ledger.tell_account(ADA, ACCOUNT, deposit("1001"), "d1").await;
    assert_eq!(code(other.unwrap_err()), "key_reused");
    let external = "SELECT amount FROM ledger.balances WHERE purse = 'external'";
    assert_eq!(world.value(external).await, "-1000");
    world.is_whole().await;
}

#[tokio::test]
async fn what_is_against_the_rules_leaves_nothing_behind() {
    let world = world().await;
    let with = |change: fn(&mut Terms)| {
        let mut order = buy("x", "0.1", "40000");
        change(&mut order.terms);
        order
    };
    for (order, refusal) in [
        (buy("x", "0.1", "40000.005"), "price_off_tick"),
        (buy("x", "0.10005", "40000"), "quantity_off_lot"),
        (buy("x", "0.0001", "40000"), "below_min_notional"),
        (buy("with space", "0.1", "40000"), "bad_client_order_id"),
        (with(|terms| terms.symbol = "binance:NOSUCH".parse().unwrap()), "unknown_symbol"),
        (with(|terms| terms.limit_price = None), "missing_field"),
        (with(|terms| terms.reduce_only = true), "reduce_only"),
        (with(|terms| terms.account = Uuid::from_u128(99)), "unknown_account"),
        (with(|terms| terms.bot = Some(Uuid::from_u128(99))), "unknown_bot"),
    ] {
        assert_eq!(code(world.place(order).await.unwrap_err()), refusal);
    }
    assert_eq!(
        code(world.ledger.place(BEN, buy("x", "0.1", "1")).await.unwrap_err()),
        "unknown_account"
    );
    let order = world.place(buy("x", "0.1", "40000")).await.expect("an order").id;
    let by_ben = world.ledger.tell(BEN, order, OrderEvent::CancelRequested {}, None).await;
    assert_eq!(code(by_ben.unwrap_err()), "unknown_order");
    assert_eq!(code(world.tell(order, fill("t", "1", "0.2", "0")).await.unwrap_err()), "over_fill");
    let cancelled = OrderEvent::Cancelled { reason: "by hand".into() };
    assert_eq!(world.tell(order, cancelled.clone()).await.expect("an end"), "cancelled");
    let twice = world.tell(order, cancelled).await.unwrap_err();
    assert!(matches!(twice, LedgerError::Refused(Refusal::WrongState { .. })), "{twice}");
    assert_eq!(world.value("SELECT count(*) FROM ledger.events").await, "4");
    world.is_whole().await;
}

#[tokio::test]
async fn an_order_that_was_never_sent_is_given_up_at_once() {
    let world = world().await;
    let unsent = NewOrder { submitted: false, venue_order_id: None, ..buy("u1", "0.1", "40000") };
    let order = world.place(unsent).await.expect("an order").id;
    let reserved = OrderEvent::Reserved { asset: "USDT".into(), amount: amount("10") };
    assert_eq!(world.tell(order, reserved).await.expect("a reservation"), "new");
    let asked = OrderEvent::CancelRequested {};
    assert_eq!(world.tell(order, asked.clone()).await.expect("an end"), "cancelled");
    let held = "SELECT sum(amount) FROM ledger.balances WHERE purse = 'held'";
    assert_eq!(world.value(held).await, "0");
    assert_eq!(code(world.tell(order, asked).await.unwrap_err()), "wrong_state");
    assert_eq!(code(world.tell(order, OrderEvent::Submitted {}).await.unwrap_err()), "wrong_state");
    world.is_whole().await;
}

#[tokio::test]
async fn orders_that_come_at_once_share_commits_and_spoil_nothing_for_each_other() {
    let world = world().await;
    let mut asked = Vec::new();
    for number in 0..200 {
        // Every tenth is wrong, every seventh asked twice.
        let price = if number % 10 == 0 { "40000.001" } else { "40000" };
        let name = format!("o{}", if number % 7 == 0 { 7 } else { number });
        let ledger = world.ledger.clone();
        asked.push(tokio::spawn(async move { ledger.place(ADA, buy(&name, "0.1", price)).await }));
    }
    let (mut new, mut same, mut refused) = (0, 0, 0);
    for answer in asked {
        match answer.await.expect("no panic") {
            Ok(placed) if placed.written.is_some() => new += 1,
            Ok(_) => same += 1,
            Err(_) => refused += 1,
        }
    }
    // 20 wrong ones; of the 29 called o7 (three of them wrong) one is new.
    assert_eq!((new, same, refused), (200 - 20 - 25, 25, 20));
    assert_eq!(world.value("SELECT count(*) FROM ledger.orders").await, new.to_string());
    world.is_whole().await;
}

#[tokio::test]
async fn a_fill_through_zero_goes_on_with_the_position_that_it_opened() {
    let world = world().await;
    for (number, quantity) in ["0.1", "0.3", "0.3", "0.3"].into_iter().enumerate() {
        let name = format!("o{number}");
        let order = if number % 2 == 0 {
            buy(&name, quantity, "40000")
        } else {
            sell(&name, quantity, "40000")
        };
        let order = world.place(order).await.expect("an order").id;
        world.tell(order, fill("t", "40000", quantity, "1")).await.expect("a fill");
        // Wherever the rows lie.
        let client = world.fresh.database.connect().await;
        let again = "UPDATE ledger.positions SET status = status WHERE status = 'closed'";
        client.batch_execute(again).await.expect("rows that moved");
    }
    assert_eq!(world.value("SELECT count(*) FROM ledger.positions").await, "4");
    assert_eq!(
        world.value("SELECT direction FROM ledger.positions WHERE status = 'open'").await,
        "short"
    );
    world.is_whole().await;
}

#[tokio::test]
async fn the_database_guards_the_same_rules() {
    let world = world().await;
    let order = world.place(buy("b1", "0.3", "40000")).await.expect("an order").id;
    world.tell(order, fill("t1", "40000", "0.1", "4")).await.expect("a fill");
    let client = world.fresh.database.connect().await;
    for (sql, why) in [
        ("UPDATE ledger.events SET kind = 'x'", "never changed"),
        ("DELETE FROM ledger.events", "never changed"),
        ("TRUNCATE ledger.events", "never changed"),
        ("UPDATE ledger.orders SET filled = 0.31", "orders_check"),
        ("UPDATE ledger.orders SET status = 'lost'", "orders_status_check"),
        ("UPDATE ledger.postings SET amount = amount + 1 WHERE line = 1", "add up to zero"),
        (
            "INSERT INTO ledger.balances VALUES ((SELECT account_id FROM ledger.orders), 'BTC', 'held', -1)",
            "hold back",
        ),
        ("UPDATE ledger.trades SET net_pnl = net_pnl + 1", "trades_check"),
        ("DELETE FROM trading.bots", "foreign key"),
        ("DELETE FROM trading.venue_accounts", "foreign key"),
    ] {
        let refused = client.batch_execute(sql).await.expect_err(sql);
        let said = refused.as_db_error().map(ToString::to_string).unwrap_or_default();
        assert!(said.contains(why), "{sql}: {said}");
    }
    world.is_whole().await;
}

#[tokio::test]
async fn whatever_is_changed_behind_its_back_is_found() {
    let world = world().await;
    let order = world.place(buy("b1", "0.3", "40000")).await.expect("an order").id;
    world.tell(order, fill("t1", "40000", "0.1", "4")).await.expect("a fill");
    let client = world.fresh.database.connect().await;
    for (harm, table) in [
        ("UPDATE ledger.orders SET filled = 0.2", "ledger.orders"),
        ("UPDATE ledger.position_steps SET quantity = quantity + 1", "ledger.position_steps"),
        ("UPDATE ledger.fills SET fees = '[]'", "ledger.fills"),
        ("DELETE FROM ledger.fills", "ledger.fills"),
        (
            "UPDATE ledger.balances SET amount = amount + 1 WHERE purse = 'cash' AND asset = 'USDT'",
            "ledger.balances",
        ),
        ("DELETE FROM ledger.postings WHERE asset = 'BTC'", "ledger.postings"),
        (
            "UPDATE ledger.trades SET gross_pnl = gross_pnl + 1, net_pnl = net_pnl + 1",
            "ledger.trades",
        ),
        (
            "UPDATE ledger.positions SET state = replace(state::text, '40000', '40001')::json",
            "ledger.positions",
        ),
        (
            "UPDATE ledger.events SET body = replace(body::text, '40000', '40001')::json WHERE version = 4",
            "ledger.events",
        ),
        ("DELETE FROM ledger.events WHERE version = 2", "ledger.events"),
        (
            "UPDATE ledger.events SET recorded_at = recorded_at + interval '1 second' WHERE version = 1",
            "ledger.events",
        ),
    ] {
        let sql = format!("BEGIN; ALTER TABLE ledger.events DISABLE TRIGGER ALL; {harm}; COMMIT");
        client.batch_execute(&sql).await.expect(harm);
        let report = world.ledger.verify(|_| ()).await.expect("a report");
        assert!(report.faults.iter().any(|fault| fault.table == table), "{harm}: {report:?}");
        if table == "ledger.position_steps" {
            let step = report.faults.iter().find(|fault| fault.table == table);
            let what = step.map(|fault| fault.what.as_str());
            assert_eq!(what, Some("quantity is 1.1, not 0.1"), "{report:?}");
        }
    }
}
