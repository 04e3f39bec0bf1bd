//! The rules of docs/paper.md, one by one.

use domain::ledger::{Liquidity, Status, Trail};
use domain::trading::paper::FeeAsset;

use super::*;

/// What is told of an order that comes after the first of these trades and meets the others.
fn run(terms: Terms, settings: PaperSettings, ticks: &[Tick]) -> Desk {
    let mut desk = Desk::new(terms, settings, &ticks[..1]);
    desk.arrive().expect("taken");
    ticks[1..].iter().for_each(|tick| desk.see(tick));
    desk
}

fn by_volume(impact: &str, limit: &str) -> PaperSettings {
    let (impact, limit) = (dec(impact), dec(limit));
    PaperSettings { slippage: Slippage::VolumeShare { impact, limit }, ..plain() }
}

#[test]
fn a_market_order_pays_the_last_price_and_basis_points_rounded_against_it() {
    let settings = PaperSettings { slippage: Slippage::Fixed { bps: dec("5") }, ..plain() };
    for (side, paid) in [(Side::Buy, "100.07 x 0.5"), (Side::Sell, "99.96 x 0.5")] {
        // 100.015 × 1.0005 = 100.0650075, and × 0.9995 = 99.9649925.
        let order = terms(side, OrderKind::Market, "0.5");
        let desk = run(order, settings, &[tick(0, "100.015", "1")]);
        assert_eq!(desk.said(), ["accepted", paid]);
        assert_eq!(desk.fills()[0].liquidity, Liquidity::Taker);
        assert_eq!(desk.fills()[0].time, tick(0, "1", "1").time);
        assert_eq!(desk.fills()[0].venue_trade_id, format!("{}-1", Uuid::from_u128(7)));
    }
}

#[test]
fn slippage_by_volume_is_impact_times_the_square_of_the_share() {
    // 2 of the 8 of the last minute: 0.25² × 0.1 of the price. The trade of a minute ago is over.
    let before = [tick(0, "90", "100"), tick(60_000, "99", "6"), tick(100_000, "100", "2")];
    for (side, paid) in [(Side::Buy, "100.63 x 2"), (Side::Sell, "99.37 x 2")] {
        let mut desk =
            Desk::new(terms(side, OrderKind::Market, "2"), by_volume("0.1", "1"), &before);
        desk.arrive().expect("taken");
        assert_eq!(desk.said(), ["accepted", paid]);
    }
    // Half of 8 is the most that is taken at once: the rest of a market order is over.
    let order = terms(Side::Buy, OrderKind::Market, "5");
    let mut desk = Desk::new(order.clone(), by_volume("0.1", "0.5"), &before);
    desk.arrive().expect("taken");
    assert_eq!(desk.said(), ["accepted", "102.5 x 4", "expired"]);
    let all_or_nothing = Terms { time_in_force: TimeInForce::Fok, ..order };
    let mut desk = Desk::new(all_or_nothing, by_volume("0.1", "0.5"), &before);
    desk.arrive().expect("taken");
    assert_eq!(desk.said(), ["accepted", "expired"]);
}

#[test]
fn an_amount_of_quote_buys_whole_lots() {
    let mut order = terms(Side::Buy, OrderKind::Market, "1");
    order.quantity = None;
    order.quote_quantity = Some(dec("100"));
    let desk = run(order.clone(), plain(), &[tick(0, "30", "1")]);
    assert_eq!(desk.said(), ["accepted", "30 x 3.333", "completed"]);
    assert_eq!(desk.ledger.status, Status::Filled);
    let desk = run(order.clone(), plain(), &[tick(0, "25", "1")]);
    assert_eq!(desk.said(), ["accepted", "25 x 4"], "nothing of it is left");
    let mut desk = Desk::new(order, plain(), &[tick(0, "100000.01", "1")]);
    assert_eq!(desk.arrive(), Err(PaperRefusal::BelowLot(dec("100"), dec("0.001"))));
}

#[test]
fn without_a_price_nothing_is_traded_at_once() {
    let now = Terms { time_in_force: TimeInForce::Ioc, ..limit(Side::Buy, "1", "100") };
    for order in [terms(Side::Sell, OrderKind::Market, "1"), now] {
        let refused = Desk::new(order, plain(), &[]).arrive();
        assert_eq!(refused, Err(PaperRefusal::NoPrice("binance:BTCUSDT".into())));
    }
    let mut desk = Desk::new(limit(Side::Buy, "1", "100"), plain(), &[]);
    desk.arrive().expect("it can wait");
    desk.see(&tick(0, "99", "3"));
    assert_eq!(desk.said(), ["accepted", "100 x 1"]);
}

#[test]
fn a_limit_order_waits_behind_what_was_there_before() {
    // 150 of quote at 100 are 1.5 of base.
    let queued = PaperSettings { queue: Queue::Quote { amount: dec("150") }, ..plain() };
    let desk = run(
        limit(Side::Buy, "1", "100"),
        queued,
        &[
            tick(0, "101", "1"),
            tick(1, "100", "1"),
            tick(2, "100.01", "9"),
            tick(3, "100", "0.75"),
            tick(4, "100", "0.2"),
            tick(5, "99.99", "0.3004"),
            tick(6, "99", "10"),
        ],
    );
    assert_eq!(desk.said(), ["accepted", "100 x 0.25", "100 x 0.2", "100 x 0.3", "100 x 0.25"]);
    assert!(desk.fills().iter().all(|fill| fill.liquidity == Liquidity::Maker));
    // Whoever trades through the price has emptied the queue.
    let ticks = [tick(0, "99", "1"), tick(1, "100.01", "0.4"), tick(2, "100", "0.4")];
    let desk = run(limit(Side::Sell, "1", "100"), queued, &ticks);
    assert_eq!(desk.said(), ["accepted", "100 x 0.4", "100 x 0.4"]);
}

#[test]
fn a_limit_order_that_can_be_taken_at_once_is() {
    let settings = by_volume("0.1", "0.5");
    // 4 × 0.5 = 2 are there, and cost 100 + 0.5² × 0.1 × 100.
    let ticks = [tick(0, "100", "4"), tick(1, "103", "1"), tick(2, "102.99", "1")];
    let desk = run(limit(Side::Buy, "3", "103"), settings, &ticks);
    assert_eq!(desk.said(), ["accepted", "102.5 x 2", "103 x 1"]);
    let now = |tif, price| Terms { time_in_force: tif, ..limit(Side::Buy, "3", price) };
    let desk = run(now(TimeInForce::Ioc, "103"), settings, &ticks);
    assert_eq!(desk.said(), ["accepted", "102.5 x 2", "expired"]);
    let desk = run(now(TimeInForce::Fok, "103"), settings, &ticks);
    assert_eq!(desk.said(), ["accepted", "expired"]);
    let desk = run(now(TimeInForce::Ioc, "102.49"), settings, &ticks);
    assert_eq!(desk.said(), ["accepted", "expired"], "it would cost more");
}

#[test]
fn a_stop_waits_for_its_price_and_then_enters_the_market() {
    let mut stop = terms(Side::Sell, OrderKind::Stop, "1");
    stop.stop_price = Some(dec("98"));
    let ticks = [tick(0, "100", "1"), tick(1, "98.01", "1"), tick(2, "97", "1")];
    let desk = run(stop.clone(), plain(), &ticks);
    assert_eq!(desk.said(), ["accepted", "triggered", "97 x 1"]);
    let desk = run(stop.clone(), plain(), &[tick(0, "98", "1")]);
    assert_eq!(desk.said(), ["accepted", "triggered", "98 x 1"], "hit when it came");

    let mut stop = Terms { kind: OrderKind::StopLimit, side: Side::Buy, ..stop };
    (stop.stop_price, stop.limit_price) = (Some(dec("102")), Some(dec("102.5")));
    let jump = [tick(0, "100", "1"), tick(1, "103", "1"), tick(2, "102.4", "0.5")];
    let desk = run(stop, plain(), &jump);
    assert_eq!(desk.said(), ["accepted", "triggered", "102.5 x 0.5"]);
}

#[test]
fn a_trailing_stop_follows_the_best_price() {
    let mut stop = terms(Side::Sell, OrderKind::TrailingStop, "1");
    stop.trail = Some(Trail::Distance(dec("2")));
    let prices = ["100", "99", "103", "101.01", "105", "103.5", "103", "102"];
    let ticks = || prices.iter().enumerate().map(|(at, price)| tick(at as i64, price, "1"));
    let desk = run(stop.clone(), plain(), &ticks().collect::<Vec<_>>());
    assert_eq!(desk.said(), ["accepted", "triggered", "103 x 1"]);

    stop.trail = Some(Trail::Percent(dec("2.5")));
    // 105 × 0.975 = 102.375.
    let desk = run(stop.clone(), plain(), &ticks().collect::<Vec<_>>());
    assert_eq!(desk.said(), ["accepted", "triggered", "102 x 1"]);

    let stop = Terms { side: Side::Buy, ..stop };
    let rise = [tick(0, "100", "1"), tick(1, "96", "1"), tick(2, "98.4", "1")];
    assert_eq!(run(stop, plain(), &rise).said(), ["accepted", "triggered", "98.4 x 1"]);
}

#[test]
fn fees_are_paid_in_quote_or_in_what_comes_in() {
    let paid = |fee_asset, side, mode| {
        let settings = PaperSettings {
            maker_fee: dec("-0.0002"),
            taker_fee: dec("0.001"),
            fee_asset,
            ..plain()
        };
        let order = Terms { mode, ..terms(side, OrderKind::Market, "0.5") };
        let desk = run(order, settings, &[tick(0, "100", "1")]);
        let fee = desk.fills()[0].fees[0].clone();
        format!("{} {}, position {}", fee.amount, fee.asset, desk.position)
    };
    use Mode::{Margin, Spot};
    assert_eq!(paid(FeeAsset::Quote, Side::Buy, Spot), "0.05 USDT, position 0.5");
    assert_eq!(paid(FeeAsset::Received, Side::Buy, Spot), "0.0005 BTC, position 0.4995");
    assert_eq!(paid(FeeAsset::Received, Side::Sell, Spot), "0.05 USDT, position -0.5");
    assert_eq!(paid(FeeAsset::Received, Side::Buy, Margin), "0.05 USDT, position 0.5");

    let rebate = PaperSettings { maker_fee: dec("-0.0002"), ..plain() };
    let desk =
        run(limit(Side::Buy, "1", "100"), rebate, &[tick(0, "101", "1"), tick(1, "99", "9")]);
    assert_eq!(desk.fills()[0].fees[0].amount, amount("-0.02"));
}

#[test]
fn what_only_reduces_ends_with_the_position() {
    let order = Terms { reduce_only: true, ..limit(Side::Sell, "2", "105") };
    let before = [tick(0, "100", "1")];
    let refused = Desk::new(order.clone(), plain(), &before).arrive();
    assert_eq!(refused, Err(PaperRefusal::NothingToReduce));

    let mut desk = Desk::new(order, plain(), &before);
    desk.position = amount("1.2345");
    desk.arrive().expect("there is something to reduce");
    desk.see(&tick(1, "106", "1"));
    desk.see(&tick(2, "106", "1"));
    // The last half of a lot can't be sold.
    assert_eq!(desk.said(), ["accepted", "105 x 1", "105 x 0.234", "cancelled"]);
    assert_eq!(desk.position, amount("0.0005"));
}

#[test]
fn an_amendment_goes_to_the_end_of_the_queue_unless_it_only_takes_away() {
    let queued = PaperSettings { queue: Queue::Quote { amount: dec("100") }, ..plain() };
    let ticks = [tick(0, "101", "1"), tick(1, "100", "0.9")];
    let to = |quantity: Option<&str>, limit_price: Option<&str>| Amendment {
        quantity: quantity.map(dec),
        limit_price: limit_price.map(dec),
        stop_price: None,
    };
    for (change, after) in [
        (to(Some("0.5"), None), vec!["accepted", "amended", "100 x 0.1"]),
        (to(Some("1.5"), None), vec!["accepted", "amended"]),
        (to(None, Some("100.5")), vec!["accepted", "amended", "100.5 x 0.2"]),
    ] {
        let mut desk = run(limit(Side::Buy, "1", "100"), queued, &ticks);
        // In the market's eyes a price of 100 is the last: what is as good is taken at once.
        desk.market = desk.market.map(|market| Market { price: dec("101"), ..market });
        desk.amend(change).expect("amended");
        desk.amend(change).expect("no change");
        desk.see(&tick(2, "100", "0.2"));
        assert_eq!(desk.said(), after, "{change:?}");
    }
    let mut desk = run(limit(Side::Buy, "1", "100"), queued, &ticks);
    desk.amend(to(None, Some("101"))).expect("amended");
    assert_eq!(desk.said(), ["accepted", "amended", "100 x 1"], "taken at the last price");
    assert_eq!(desk.amend(to(Some("2"), None)), Err(PaperRefusal::Ended));
    desk.cancel();
    assert_eq!(desk.told.len(), 3, "after the end nothing happens");

    let mut desk = run(limit(Side::Buy, "1", "100"), plain(), &[tick(0, "101", "1")]);
    desk.see(&tick(1, "100", "0.4"));
    let filled = PaperRefusal::BelowFilled(dec("0.4"), amount("0.4"));
    assert_eq!(desk.amend(to(Some("0.4"), None)), Err(filled));
    let stop = Amendment { stop_price: Some(dec("1")), ..Amendment::default() };
    assert!(matches!(desk.amend(stop), Err(PaperRefusal::Superfluous { .. })));
    desk.cancel();
    assert_eq!(desk.said(), ["accepted", "100 x 0.4", "cancelled"]);
}
