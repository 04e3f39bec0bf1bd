//! Whatever was done to the tables, a rebuild makes them what the events say, while others write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::ledger::Rebuilt;

use super::*;

/// Few enough that orders go out of memory and come back.
const FEW: usize = 7;

/// A round trip in each of so many orders, some left open, with deposits and reservations between.
async fn trade(world: &World, names: &str, rounds: usize) {
    for round in 0..rounds {
        let name = format!("{names}{round}");
        let order =
            if round % 2 == 0 { buy(&name, "0.3", "40000") } else { sell(&name, "0.4", "41000") };
        let order = world.place(order).await.expect("an order").id;
        let reserved = OrderEvent::Reserved { asset: "USDT".into(), amount: amount("100.5") };
        world.tell(order, reserved).await.expect("a reservation");
        world.tell(order, fill("t1", "40000", "0.1", "4")).await.expect("a fill");
        if round % 3 == 0 {
            world.tell(order, fill("t2", "40000.5", "0.2", "8")).await.expect("a fill");
        }
        let asset = "USDT".into();
        let event = AccountEvent::Deposited { asset, amount: amount("10"), time: Time::default() };
        world.ledger.tell_account(ADA, ACCOUNT, event, &name).await.expect("a deposit");
    }
}

async fn harm(world: &World, sql: &str) {
    let sql = format!("BEGIN; ALTER TABLE ledger.events DISABLE TRIGGER ALL; {sql}; COMMIT");
    world.fresh.database.connect().await.batch_execute(&sql).await.expect("harm");
}

async fn rebuilt(world: &World) -> Rebuilt {
    world.ledger.rebuild(FEW, |_| ()).await.expect("a rebuild")
}

fn wrong(rebuilt: &Rebuilt, table: &str) -> (u64, u64, u64) {
    let table = rebuilt.tables.iter().find(|one| one.table == table).expect(table);
    (table.missing, table.differing, table.superfluous)
}

#[tokio::test]
async fn every_table_is_made_right_and_what_was_wrong_is_told() {
    let world = world().await;
    trade(&world, "o", 12).await;
    // A late fill of an order that is long over, so that it comes back.
    let cancelled = OrderEvent::Cancelled { reason: "by hand".into() };
    let first = world.ledger.order_by_client_id(ADA, ACCOUNT, "o1").await.expect("an order").id;
    world.tell(first, cancelled).await.expect("an end");
    trade(&world, "p", 4).await;
    world.tell(first, fill("late", "40000", "0.05", "1")).await.expect("a late fill");
    let right = rebuilt(&world).await;
    assert_eq!((right.wrong, right.events), (0, world.ledger.events().await.expect("a number")));

    let orders = world.value("SELECT count(*) FROM ledger.orders").await.parse().expect("a number");
    harm(&world, "DELETE FROM ledger.fills WHERE venue_trade_id = 't2'").await;
    harm(
        &world,
        "UPDATE ledger.orders SET side = 'sell', placed_at = placed_at - interval '1 hour'",
    )
    .await;
    harm(&world, "UPDATE ledger.balances SET amount = amount + 1 WHERE purse = 'cash'").await;
    harm(&world, "DELETE FROM ledger.trades WHERE status = 'closed'").await;
    harm(&world, "DELETE FROM ledger.postings WHERE line > 2").await;
    harm(
        &world,
        "UPDATE ledger.trades SET position_id = NULL; UPDATE ledger.positions SET id = gen_random_uuid(), qty_open = 7 WHERE status = 'open'",
    )
    .await;
    let repaired = rebuilt(&world).await;
    assert_eq!(wrong(&repaired, "fills").0, 6);
    assert_eq!(wrong(&repaired, "orders"), (0, orders, 0));
    assert_eq!(wrong(&repaired, "balances"), (0, 2, 0));
    assert!(wrong(&repaired, "trades").0 > 0 && wrong(&repaired, "postings").0 > 0);
    assert_eq!(wrong(&repaired, "positions"), (1, 0, 1));
    let (_, what) = &repaired.tables[0].first[0];
    assert!(what.contains("placed_at is ") && what.contains(", not "), "{what}");
    world.is_whole().await;
    assert_eq!(rebuilt(&world).await.wrong, 0);

    let all = "TRUNCATE ledger.orders, ledger.fills, ledger.positions, ledger.trades, ledger.postings, ledger.balances";
    harm(&world, all).await;
    assert_eq!(wrong(&rebuilt(&world).await, "orders"), (orders, 0, 0));
    world.is_whole().await;
    assert_eq!(rebuilt(&world).await.wrong, 0);
}

#[tokio::test]
async fn others_write_meanwhile_and_nothing_of_theirs_is_lost() {
    let world = Arc::new(world().await);
    trade(&world, "before", 20).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for lane in 0..3 {
        let (world, stop) = (Arc::clone(&world), Arc::clone(&stop));
        writers.push(tokio::spawn(async move {
            let mut rounds = 0;
            while !stop.load(Ordering::Relaxed) {
                trade(&world, &format!("w{lane}-{rounds}-"), 3).await;
                rounds += 1;
            }
            rounds
        }));
    }
    for harmed in [
        "UPDATE ledger.balances SET amount = amount + 1 WHERE purse = 'cash'",
        "DELETE FROM ledger.postings WHERE position % 2 = 0",
        "UPDATE ledger.trades SET gross_pnl = gross_pnl + 1, net_pnl = net_pnl + 1",
        "SELECT 1",
    ] {
        harm(&world, harmed).await;
        let repaired = rebuilt(&world).await;
        assert_eq!(repaired.wrong > 0, harmed != "SELECT 1", "{harmed}: {repaired:?}");
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        assert!(writer.await.expect("no writer failed") > 1);
    }
    world.is_whole().await;
}

#[tokio::test]
async fn a_damaged_event_and_a_stop_in_the_middle_leave_everything_as_it_was() {
    let world = world().await;
    trade(&world, "o", 10).await;
    harm(&world, "DELETE FROM ledger.fills").await;
    // Given up wherever it is.
    for pause in 0..8 {
        let ledger = world.ledger.clone();
        let running = tokio::spawn(async move { ledger.rebuild(FEW, |_| ()).await });
        tokio::time::sleep(std::time::Duration::from_millis(pause * 3)).await;
        running.abort();
        let ended = running.await;
        if ended.is_ok() {
            break;
        }
    }
    let fills = "SELECT count(*) FROM ledger.fills";
    let (is, due) =
        (world.value(fills).await, "SELECT count(*) FROM ledger.events WHERE kind = 'filled'");
    assert!(is == "0" || is == world.value(due).await, "{is}");
    harm(&world, "DELETE FROM ledger.fills").await;
    harm(
        &world,
        "UPDATE ledger.events SET body = replace(body::text, '40000', '40001')::json WHERE position = 17",
    )
    .await;
    let error = world.ledger.rebuild(FEW, |_| ()).await.expect_err("damage");
    assert!(matches!(error, LedgerError::Damaged { position: 17, .. }), "{error}");
    assert_eq!(world.value(fills).await, "0");
}
