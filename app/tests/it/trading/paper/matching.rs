//! What is answered and told, and that it is told once whatever happens between.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn an_order_is_taken_once_and_answered_the_same_for_ever() {
    let world = world().await;
    world.plain().await;
    let nothing = world.submit(1, terms(Side::Buy, OrderKind::Market, "1")).await;
    let OrderEvent::Rejected { code, reason } = &nothing else { panic!("{nothing:?}") };
    assert_eq!(code, "no_price");
    assert_eq!(reason, "binance:BTCUSDT has no trades, so there is no price to fill from");
    let mut elsewhere = terms(Side::Buy, OrderKind::Market, "1");
    elsewhere.symbol = "binance:NONE".parse().expect("a symbol");
    let unknown = world.submit(2, elsewhere.clone()).await;
    assert!(matches!(&unknown, OrderEvent::Rejected { code, .. } if code == "unknown_symbol"));

    world.trade(&[tick(1, "100", "1")]).await;
    let bought = world.submit(3, terms(Side::Buy, OrderKind::Market, "0.5")).await;
    let waits = world.submit(4, limit(Side::Buy, "1", "99")).await;
    let OrderEvent::Accepted { venue_order_id } = &waits else { panic!("{waits:?}") };
    venue_order_id.parse::<i64>().expect("a number of the venue");
    assert_eq!(world.told().await, ["3 100 x 0.5"]);

    // Prices have changed, and nothing else.
    world.trade(&[tick(2, "101", "1")]).await;
    assert_eq!(world.submit(1, terms(Side::Buy, OrderKind::Market, "1")).await, nothing);
    assert_eq!(world.submit(2, elsewhere).await, unknown);
    assert_eq!(world.submit(3, terms(Side::Buy, OrderKind::Market, "0.5")).await, bought);
    assert_eq!(world.submit(4, limit(Side::Buy, "1", "99")).await, waits);
    assert_eq!(world.told().await, ["3 100 x 0.5"]);

    let foreign = Terms { account: EXTERNAL, ..limit(Side::Buy, "1", "99") };
    let refused = world.venue.submit(&order(5, foreign)).await;
    assert!(matches!(refused, Err(PaperError::NotPaper(EXTERNAL))), "{refused:?}");
}

#[tokio::test]
async fn a_change_is_told_once_and_nothing_after_the_end() {
    let world = world().await;
    world.plain().await;
    world.trade(&[tick(1, "100", "1")]).await;
    world.submit(1, limit(Side::Buy, "1", "99")).await;
    world.submit(2, limit(Side::Sell, "1", "101")).await;
    let id = Uuid::from_u128;
    let price = |price: &str| Amendment { limit_price: Some(dec(price)), ..Amendment::default() };
    for _ in 0..2 {
        world.venue.amend(id(1), price("98")).await.expect("amended");
        world.venue.cancel(id(2)).await.expect("cancelled");
    }
    assert_eq!(world.told().await, ["1 amended", "2 cancelled"]);
    let ended = world.venue.amend(id(2), price("102")).await;
    assert!(matches!(ended, Err(PaperError::Ended(order)) if order == id(2)), "{ended:?}");
    let odd = Amendment { stop_price: Some(dec("1")), ..Amendment::default() };
    let odd = world.venue.amend(id(1), odd).await;
    assert!(matches!(odd, Err(PaperError::Amendment { .. })), "{odd:?}");
    let unknown = world.venue.cancel(id(9)).await;
    assert!(matches!(unknown, Err(PaperError::UnknownOrder(order)) if order == id(9)));

    // At the last price it is taken at once.
    world.venue.amend(id(1), price("100")).await.expect("amended");
    world.venue.cancel(id(1)).await.expect("it is over");
    assert_eq!(world.venue.catch_up().await.expect("matched"), 0);
    assert_eq!(world.told().await[2..], ["1 amended", "1 100 x 1"]);
}

#[tokio::test]
async fn only_trades_behind_an_order_fill_it_and_a_late_one_never_does() {
    let world = world().await;
    world.plain().await;
    world.trade(&[tick(10, "100", "1"), tick(11, "90", "1"), tick(12, "100", "1")]).await;
    world.submit(1, limit(Side::Buy, "2", "95")).await;
    assert_eq!(world.venue.catch_up().await.expect("matched"), 0);
    world.trade(&[tick(20, "94", "0.5")]).await;
    // Matching has not come so far; this one comes behind that trade all the same.
    world.submit(2, limit(Side::Buy, "2", "93")).await;
    world.trade(&[tick(21, "92.9", "0.25"), tick(22, "96", "1")]).await;
    assert_eq!(world.venue.catch_up().await.expect("matched"), 3);
    assert_eq!(world.told().await, ["1 95 x 0.5", "1 95 x 0.25", "2 93 x 0.25"]);
    world.trade(&[tick(15, "80", "9")]).await;
    assert_eq!(world.venue.catch_up().await.expect("matched"), 0, "that was repaired, not traded");
}

#[tokio::test]
async fn what_only_reduces_goes_by_what_the_venue_has_traded() {
    let world = world().await;
    world.plain().await;
    world.trade(&[tick(1, "100", "1")]).await;
    let reduce = |quantity| Terms { reduce_only: true, ..limit(Side::Sell, quantity, "101") };
    let refused = world.submit(1, reduce("1")).await;
    assert!(matches!(&refused, OrderEvent::Rejected { code, .. } if code == "reduce_only"));
    world.submit(2, terms(Side::Buy, OrderKind::Market, "0.7")).await;
    let of_a_bot = Terms { bot: Some(Uuid::from_u128(77)), ..reduce("1") };
    let refused = world.submit(3, of_a_bot).await;
    assert!(matches!(&refused, OrderEvent::Rejected { code, .. } if code == "reduce_only"));
    // Both look at one position.
    world.submit(4, reduce("0.5")).await;
    world.submit(5, reduce("0.5")).await;
    world.trade(&[tick(2, "102", "5")]).await;
    world.venue.catch_up().await.expect("matched");
    let told = world.told().await;
    assert_eq!(told[1..], ["4 101 x 0.5", "5 101 x 0.2", "5 cancelled"]);
}

/// Numbers that look like chance and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: i64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % most
    }
}

/// A walk around 100.
fn walk(count: i64) -> Vec<Tick> {
    let (mut numbers, mut price) = (Numbers(7), 10_000);
    let step = |number| {
        price = (price + numbers.below(41) - 20).clamp(9_500, 10_500);
        let quantity = Decimal::new(numbers.below(3_000), 3);
        Tick { price: Decimal::new(price, 2), quantity, ..tick(number, "1", "1") }
    };
    (0..count).map(step).collect()
}

/// Orders of every kind around 100, half of them by volume.
async fn some_orders(world: &World, first: u128) {
    let mut numbers = Numbers(first as u64);
    let near = |numbers: &mut Numbers, side: Side, away: i64| {
        let distance = numbers.below(200) + away;
        Some(Decimal::new(if side == Side::Buy { 10_000 - distance } else { 10_000 + distance }, 2))
    };
    for number in first..first + 20 {
        let side = if numbers.below(2) == 0 { Side::Buy } else { Side::Sell };
        let opposite = if side == Side::Buy { Side::Sell } else { Side::Buy };
        let kinds =
            [OrderKind::Limit, OrderKind::Stop, OrderKind::StopLimit, OrderKind::TrailingStop];
        let mut terms = terms(side, kinds[number as usize % 4], "1");
        terms.quantity = Some(Decimal::new(1 + numbers.below(20_000), 3));
        terms.limit_price = terms.kind.has_limit().then(|| near(&mut numbers, side, 0)).flatten();
        terms.stop_price =
            terms.kind.has_stop().then(|| near(&mut numbers, opposite, 50)).flatten();
        let trail = Trail::Distance(Decimal::new(50 + numbers.below(200), 2));
        terms.trail = (terms.kind == OrderKind::TrailingStop).then_some(trail);
        terms.reduce_only = numbers.below(5) == 0;
        world.submit(number, terms).await;
    }
}

async fn by_volume(world: &World) {
    let settings = &PaperSettings {
        slippage: Slippage::VolumeShare { impact: dec("0.1"), limit: dec("0.5") },
        ..PaperSettings::default()
    };
    let write =
        |tx| async move { paper_settings::write(&tx, PAPER, settings, Time::default()).await };
    world.fresh.db.run("test", write).await.expect("settings");
}

/// The same orders and trades, matched as `matched` does it; every report, to the last digit.
async fn scenario(matched: impl AsyncFn(&World)) -> Vec<(Uuid, OrderEvent)> {
    let (world, ticks) = (world().await, walk(8_000));
    world.trade(&ticks[..1_000]).await;
    some_orders(&world, 100).await;
    by_volume(&world).await;
    some_orders(&world, 200).await;
    for part in ticks[1_000..].chunks(3_500) {
        world.trade(part).await;
        matched(&world).await;
    }
    world.venue.catch_up().await.expect("matched");
    let reports = world.venue.reports(0, 100_000).await.expect("reports");
    let seqs: Vec<i64> = reports.iter().map(|report| report.seq).collect();
    assert!(seqs.is_sorted());
    reports.into_iter().map(|report| (report.order, report.event)).collect()
}

#[tokio::test]
async fn a_matcher_that_dies_anywhere_tells_what_one_that_lives_does() {
    let whole = scenario(async |world| {
        world.venue.catch_up().await.expect("matched");
    })
    .await;
    let fills = whole.iter().filter(|(_, event)| event.kind() == "filled").count();
    assert!(fills > 50 && whole.len() > fills + 20, "{fills} fills of {} reports", whole.len());

    // All at once, behind all of it.
    assert_eq!(scenario(async |_| ()).await, whole);

    // Killed in the middle again and again, later each time, while another one believes to be the only one too.
    let broken = scenario(async |world| {
        let (mut pause, mut is_done) = (Duration::from_millis(1), false);
        while !is_done {
            let dying = [pause, pause.mul_f64(1.2)].map(|pause| {
                let other = venue(&world.fresh.db);
                tokio::spawn(async move { tokio::time::timeout(pause, other.catch_up()).await })
            });
            for one in dying {
                is_done |= one.await.expect("no panic").is_ok();
            }
            pause = pause.mul_f64(1.4);
        }
    })
    .await;
    assert_eq!(broken, whole);
}

#[tokio::test]
async fn without_rules_the_digits_are_those_of_the_last_trades() {
    let world = world().await;
    let settings = &PaperSettings {
        taker_fee: Decimal::ZERO,
        slippage: Slippage::Fixed { bps: dec("5") },
        ..PaperSettings::default()
    };
    let write =
        |tx| async move { paper_settings::write(&tx, PAPER, settings, Time::default()).await };
    world.fresh.db.run("test", write).await.expect("settings");
    let forget = "UPDATE market.symbols SET tick_size = NULL, lot_size = NULL";
    world.fresh.database.connect().await.batch_execute(forget).await.expect("no rules");
    // As files have them: zeros tell of no digit.
    let of = |number| tick(number, "100.20000000", "3.25000000");
    world.trade(&(1..20).map(of).collect::<Vec<_>>()).await;
    world.trade(&[tick(20, "100.00000000", "2.00000000")]).await;
    world.submit(1, terms(Side::Buy, OrderKind::Market, "0.5")).await;
    world.submit(2, terms(Side::Sell, OrderKind::Market, "0.5")).await;
    let by_amount = Terms {
        quantity: None,
        quote_quantity: Some(dec("50")),
        ..terms(Side::Buy, OrderKind::Market, "1")
    };
    world.submit(3, by_amount).await;
    // 100.05 and 99.95 are rounded to tenths against the order, 50 / 100.1 to hundredths.
    let told = world.told().await;
    assert_eq!(told[..3], ["1 100.1 x 0.5", "2 99.9 x 0.5", "3 100.1 x 0.49"], "{told:?}");
}
