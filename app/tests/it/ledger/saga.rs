//! Orders of a paper account, from their placing to the end, through the paper venue.

use std::time::Duration;

use app::market::live::{Live, announce};
use app::market::read::MarketReader;
use app::market::segments::Segments;
use app::trading::paper::PaperVenue;
use domain::market::{Interval, Tick, TickKind};
use store::market::candles;
use store::market::partitions::{self, Table};
use store::market::symbols;
use store::trading::sagas;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::*;

const LONG: Duration = Duration::from_secs(20);

/// The same world with a paper account, money in it, and a market.
async fn on_paper() -> World {
    let mut world = world().await;
    let client = world.fresh.database.connect().await;
    client.batch_execute("UPDATE trading.venue_accounts SET kind = 'paper'").await.expect("paper");
    // Retries wait for their time.
    world.ledger = Ledger::new(world.fresh.db.clone(), Clock::system(), Random::system());
    let asset = "USDT".into();
    let event = AccountEvent::Deposited { asset, amount: amount("10000"), time: Time::default() };
    world.ledger.tell_account(ADA, ACCOUNT, event, "d1").await.expect("a deposit");
    trade(&world, 1, "40000").await;
    world
}

/// Commits a trade as another process would.
async fn trade(world: &World, number: i64, price: &str) {
    let db = &world.fresh.db;
    let name = "binance:BTCUSDT".parse().expect("a symbol");
    let symbol = &symbols::get(db, &name).await.expect("a query").expect("the symbol");
    let ticks = &[Tick {
        time: Clock::system().now(),
        seq: 0,
        trade_id: number,
        price: dec(price),
        quantity: dec("100"),
        buyer_is_maker: None,
        trade_count: 1,
        received_at: None,
        venue_trade_id: None,
    }];
    let times = || ticks.iter().map(|tick| tick.time);
    partitions::ensure(db, Table::Ticks, times()).await.expect("partitions");
    let weeks = times().map(|time| Interval::W1.open_time(time));
    partitions::ensure(db, Table::Candles, times().chain(weeks)).await.expect("partitions");
    let write = |tx| async move {
        let written = candles::write_ticks(&tx, symbol, TickKind::Trade, ticks, None).await?;
        let new: Vec<&Tick> = written.places.iter().map(|at| &ticks[*at]).collect();
        let (name, id, rolls) = (&symbol.name, symbol.id, &written.rolls);
        announce(&tx, name, id, TickKind::Trade, false, &new, rolls).await
    };
    db.run("test", write).await.expect("a trade");
}

/// What `up` runs for orders; ends, wherever it is, when it is dropped.
fn runner(world: &World) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let (db, live, clock) = (world.fresh.db.clone(), Live::default(), Clock::system());
    let stop = CancellationToken::new();
    let hearing = (db.clone(), live.clone(), stop.clone());
    tasks.spawn(async move { hearing.1.run(&hearing.0, hearing.2).await });
    let market = MarketReader::new(db.clone(), live.clone(), clock.clone());
    let venue = PaperVenue::new(db.clone(), clock.clone(), live, Segments::default());
    tasks.spawn(venue.clone().run(stop.clone()));
    let ledger = Ledger::new(db, clock, Random::system());
    tasks.spawn(async move { ledger.drive(venue, market, &stop).await });
    tasks
}

fn wanted(name: &str, quantity: &str, price: Option<&str>) -> NewOrder {
    let mut order = buy(name, quantity, "1");
    order.terms.limit_price = price.map(dec);
    order.terms.kind = if price.is_some() { OrderKind::Limit } else { OrderKind::Market };
    NewOrder { submitted: false, venue_order_id: None, ..order }
}

impl World {
    async fn settled(&self, order: Uuid) -> String {
        self.ledger.settled(ADA, order, LONG).await.expect("an order").status
    }

    /// Waits until a statement says so.
    async fn until(&self, sql: &str, due: &str) {
        for _ in 0..400 {
            if self.value(sql).await == due {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{sql} is {}, not {due}", self.value(sql).await);
    }
}

const HELD: &str =
    "SELECT trim_scale(coalesce(sum(amount), 0)) FROM ledger.balances WHERE purse = 'held'";
const ON_THEIR_WAY: &str = "SELECT count(*) FROM trading.sagas";

#[tokio::test]
async fn a_market_order_is_reserved_sent_filled_and_over() {
    let world = on_paper().await;
    let _running = runner(&world);
    let order = world.place(wanted("m1", "0.1", None)).await.expect("an order").id;
    assert_eq!(world.settled(order).await, "filled");
    let kinds = format!(
        "SELECT string_agg(kind, ' ' ORDER BY version) FROM ledger.events
         WHERE stream = '{order}' AND kind NOT IN ('filled', 'released')"
    );
    assert_eq!(world.value(&kinds).await, "placed reserved submitted accepted");
    // 105 percent of 40000 × 0.1, 5 hundredths of a percent of slippage, and 0.1 percent of that for the fee.
    let reserved = format!(
        "SELECT body->>'amount' FROM ledger.events WHERE stream = '{order}' AND kind = 'reserved'"
    );
    assert_eq!(world.value(&reserved).await, "4206.3021");
    assert_eq!(
        (world.value(HELD).await, world.value(ON_THEIR_WAY).await),
        ("0".into(), "0".into())
    );
    assert_eq!(
        code(world.tell(order, fill("t", "40000", "0.1", "0")).await.unwrap_err()),
        "venue_tells"
    );
    world.is_whole().await;
}

#[tokio::test]
async fn what_a_paper_account_hasnt_is_not_withdrawn_and_an_archived_one_takes_nothing() {
    let world = on_paper().await;
    let _running = runner(&world);
    let order = world.place(wanted("l1", "0.1", Some("30000"))).await.expect("an order").id;
    assert_eq!(world.settled(order).await, "open");
    let tell = async |key: &str, sum: &str, comes: bool| {
        let (asset, amount, time) = ("USDT".into(), amount(sum), Time::default());
        let event = match comes {
            true => AccountEvent::Deposited { asset, amount, time },
            false => AccountEvent::Withdrawn { asset, amount, time },
        };
        let told = world.ledger.tell_account(ADA, ACCOUNT, event, key).await;
        told.map_err(|error| error.code())
    };
    // More than 3,000 are held for the order.
    assert_eq!(tell("w1", "7000", false).await, Err("insufficient_funds"));
    assert_eq!(tell("w1", "6000", false).await, Ok(()));
    assert_eq!(tell("w2", "6000", false).await, Err("insufficient_funds"));
    let client = world.fresh.database.connect().await;
    let archive = "UPDATE trading.venue_accounts SET archived_at = now()";
    client.batch_execute(archive).await.expect("archived");
    assert_eq!(tell("d2", "1", true).await, Err("account_archived"));
    assert_eq!(tell("w1", "6000", false).await, Ok(()), "it is known");
    world.is_whole().await;
}

#[tokio::test]
async fn what_cant_be_paid_is_rejected_and_holds_nothing() {
    let world = on_paper().await;
    let _running = runner(&world);
    let order = world.place(wanted("m1", "1", None)).await.expect("an order").id;
    assert_eq!(world.settled(order).await, "rejected");
    let why = format!(
        "SELECT body->>'code' FROM ledger.events WHERE stream = '{order}' AND kind = 'rejected'"
    );
    assert_eq!(world.value(&why).await, "insufficient_funds");
    assert_eq!(world.value("SELECT count(*) FROM trading.paper_orders").await, "0");
    assert_eq!(
        (world.value(HELD).await, world.value(ON_THEIR_WAY).await),
        ("0".into(), "0".into())
    );
    assert_eq!(code(world.place(buy("s1", "0.1", "40000")).await.unwrap_err()), "venue_tells");
}

#[tokio::test]
async fn amending_and_cancelling_go_through_the_venue() {
    let world = on_paper().await;
    let running = runner(&world);
    let order = world.place(wanted("l1", "0.1", Some("30000"))).await.expect("an order").id;
    assert_eq!(world.settled(order).await, "open");
    // With the fee.
    assert_eq!(world.value(HELD).await, "3003");
    let amended = |quantity: &str| OrderEvent::Amended {
        quantity: Some(dec(quantity)),
        limit_price: None,
        stop_price: None,
    };
    world.tell(order, amended("0.2")).await.expect("more");
    assert_eq!(world.value(HELD).await, "6006");
    assert_eq!(code(world.tell(order, amended("0.9")).await.unwrap_err()), "insufficient_funds");
    world.until("SELECT quantity FROM ledger.orders", "0.2").await;
    world.tell(order, amended("0.05")).await.expect("less");
    world.until(HELD, "1501.5").await;
    // Asked while nobody looks after it, and done when somebody does.
    drop(running);
    world.tell(order, OrderEvent::CancelRequested {}).await.expect("a request");
    let again = runner(&world);
    assert_eq!(world.settled(order).await, "cancelled");
    assert_eq!(
        (world.value(HELD).await, world.value(ON_THEIR_WAY).await),
        ("0".into(), "0".into())
    );
    // Before it was sent there is nobody to ask.
    drop(again);
    let early = world.place(wanted("l2", "0.1", Some("30000"))).await.expect("an order").id;
    let status = world.tell(early, OrderEvent::CancelRequested {}).await.expect("an end");
    assert_eq!((status, world.value(ON_THEIR_WAY).await), ("cancelled".into(), "0".into()));
    world.is_whole().await;
}

#[tokio::test]
async fn a_runner_dropped_anywhere_loses_and_doubles_nothing() {
    let world = on_paper().await;
    let mut placed = Vec::new();
    for round in 0..24u64 {
        let price = (round % 3 == 0).then_some("39000");
        let order = wanted(&format!("r{round}"), "0.005", price);
        let running = runner(&world);
        placed.push(world.place(order).await.expect("an order").id);
        // Reaches from before the first step to behind the last.
        tokio::time::sleep(Duration::from_millis(round * 5)).await;
        drop(running);
    }
    let _running = runner(&world);
    for (round, order) in placed.iter().enumerate() {
        let due = if round % 3 == 0 { "open" } else { "filled" };
        assert_eq!(world.settled(*order).await, due, "{round}");
    }
    assert_eq!(world.value("SELECT count(*) FROM trading.paper_orders").await, "24");
    world.until(ON_THEIR_WAY, "8").await;
    // 8 × 0.005 × 39000 wait at the venue, with their fees.
    world.until(HELD, "1561.56").await;
    let twice = "SELECT count(*) FROM (SELECT stream FROM ledger.events WHERE kind IN ('submitted', 'reserved')
                 GROUP BY stream, kind HAVING count(*) > 1) t";
    assert_eq!(world.value(twice).await, "0");
    let filled = "SELECT sum(filled) FROM ledger.orders WHERE kind = 'market'";
    world.until(filled, "0.080").await;
    world.is_whole().await;
}

#[tokio::test]
async fn what_fails_again_and_again_is_shown_to_its_owner() {
    let world = on_paper().await;
    let client = world.fresh.database.connect().await;
    let broken = "ALTER TABLE trading.paper_orders RENAME TO paper_orders_away";
    client.batch_execute(broken).await.expect("a broken venue");
    let running = runner(&world);
    let order = world.place(wanted("m1", "0.1", None)).await.expect("an order").id;
    let failures = "SELECT attempts >= 2 AND step = 'submit' FROM trading.sagas";
    world.until(failures, "true").await;
    drop(running);
    let stuck = format!("UPDATE trading.sagas SET attempts = {}", sagas::STUCK);
    client.batch_execute(&stuck).await.expect("rows");
    let shown = world.ledger.sagas(ADA, Some(true), None, 10).await.expect("a list");
    assert_eq!(shown.len(), 1);
    assert!(shown[0].order == order && shown[0].last_error.is_some(), "{shown:?}");
    assert_eq!(world.ledger.sagas(BEN, None, None, 10).await.expect("a list"), []);
    assert_eq!(world.ledger.sagas(ADA, Some(false), None, 10).await.expect("a list"), []);
    let mended = "ALTER TABLE trading.paper_orders_away RENAME TO paper_orders";
    client.batch_execute(mended).await.expect("a mended venue");
    let _running = runner(&world);
    assert_eq!(world.settled(order).await, "filled");
    world.is_whole().await;
}
