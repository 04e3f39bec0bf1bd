//! An order's life, and every way to be refused.

use std::collections::BTreeSet;

use domain::ledger::{AccountEvent, OrderKind, Status, Trail};

use super::*;

fn amended(quantity: Option<&str>, limit: Option<&str>, stop: Option<&str>) -> OrderEvent {
    let (quantity, limit_price, stop_price) = (quantity.map(dec), limit.map(dec), stop.map(dec));
    OrderEvent::Amended { quantity, limit_price, stop_price }
}

fn accepted(venue_id: &str) -> OrderEvent {
    OrderEvent::Accepted { venue_order_id: venue_id.into() }
}

fn cancelled() -> OrderEvent {
    OrderEvent::Cancelled { reason: "asked".into() }
}

fn reserved(value: &str) -> OrderEvent {
    OrderEvent::Reserved { asset: "USDT".into(), amount: amount(value) }
}

/// A limit buy of 1 BTC at 100 that is open.
fn open_order() -> (Desk, Uuid) {
    let mut desk = Desk::default();
    let order = desk.place(limit(Side::Buy, "1", "100"), &btc()).expect("fine terms");
    for command in [reserved("100"), OrderEvent::Submitted {}, accepted("v1")] {
        desk.tell(order, command).expect("in their order");
    }
    (desk, order)
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> &'static str {
    let refusal = result.expect_err("a refusal");
    let text = refusal.to_string();
    assert!(text.len() > 10 && !text.contains('{'), "{text}");
    refusal.code()
}

#[test]
fn an_order_lives_from_new_to_filled_and_frees_what_it_held() {
    let (mut desk, order) = open_order();
    let status = |desk: &Desk| desk.book.orders[&order].status;
    assert_eq!(status(&desk), Status::Open);
    let names = desk.tell(order, filled("t1", "99.123", "0.25", &[("0.1", "USDT")]));
    assert_eq!(names, Ok(vec!["filled", "released"]));
    assert_eq!(status(&desk), Status::PartiallyFilled);
    assert_eq!(desk.book.orders[&order].reserved["USDT"], amount("75"));
    // The same trade again is nothing new; with other content it is another's.
    assert_eq!(desk.tell(order, filled("t1", "99.123", "0.25", &[("0.1", "USDT")])), Ok(vec![]));
    assert_eq!(code(desk.tell(order, filled("t1", "99.123", "0.2", &[]))), "fill_differs");
    assert_eq!(code(desk.tell(order, filled("t2", "99", "0.76", &[]))), "over_fill");
    assert_eq!(desk.tell(order, filled("t2", "99", "0.75", &[])), Ok(vec!["filled", "released"]));
    assert_eq!(status(&desk), Status::Filled);
    assert!(desk.book.orders[&order].reserved.is_empty());
    assert_eq!(code(desk.tell(order, filled("t3", "99", "0.01", &[]))), "over_fill");
    assert_eq!(code(desk.tell(order, cancelled())), "wrong_state");
}

#[test]
fn what_was_traded_before_the_end_is_taken_in_behind_it() {
    for end in [cancelled(), OrderEvent::Expired {}] {
        let (mut desk, order) = open_order();
        assert_eq!(desk.tell(order, OrderEvent::CancelRequested {}), Ok(vec!["cancel_requested"]));
        assert_eq!(desk.tell(order, OrderEvent::CancelRequested {}), Ok(vec![]));
        desk.tell(order, filled("t1", "100", "0.4", &[])).expect("it was still open");
        assert_eq!(desk.book.orders[&order].status, Status::CancelRequested);
        assert_eq!(desk.tell(order, end.clone()), Ok(vec![end.kind(), "released"]));
        let ended = desk.book.orders[&order].status;
        assert!(ended.is_final() && ended.as_str() == end.kind());
        assert_eq!(desk.tell(order, filled("t2", "100", "0.6", &[])), Ok(vec!["filled"]));
        assert_eq!(desk.book.orders[&order].status, ended, "it stays what it was");
        assert_eq!(code(desk.tell(order, filled("t3", "100", "0.1", &[]))), "over_fill");
        assert_eq!(code(desk.tell(order, OrderEvent::Expired {})), "wrong_state");
    }
}

#[test]
fn the_venues_answer_may_come_behind_the_fill() {
    let mut desk = Desk::default();
    let order = desk.place(limit(Side::Buy, "1", "100"), &btc()).expect("fine terms");
    assert_eq!(code(desk.tell(order, accepted("v1"))), "wrong_state");
    assert_eq!(code(desk.tell(order, filled("t1", "100", "1", &[]))), "wrong_state");
    desk.tell(order, OrderEvent::Submitted {}).expect("a new order");
    desk.tell(order, filled("t1", "100", "1", &[])).expect("it fits");
    assert_eq!(desk.tell(order, accepted("v1")), Ok(vec!["accepted"]));
    assert_eq!(desk.tell(order, accepted("v1")), Ok(vec![]));
    assert_eq!(code(desk.tell(order, accepted("v2"))), "other_venue_order");
    assert_eq!(desk.book.orders[&order].status, Status::Filled);
    let rejected = OrderEvent::Rejected { code: "-2010".into(), reason: "no money".into() };
    assert_eq!(code(desk.tell(order, rejected.clone())), "wrong_state");
    let order = desk.place(limit(Side::Buy, "1", "100"), &btc()).expect("fine terms");
    desk.tell(order, reserved("100")).expect("a new order");
    desk.tell(order, OrderEvent::Submitted {}).expect("a new order");
    assert_eq!(desk.tell(order, rejected), Ok(vec!["rejected", "released"]));
    assert_eq!(code(desk.tell(order, filled("t1", "100", "1", &[]))), "wrong_state");
}

#[test]
fn a_market_buy_by_amount_ends_when_the_amount_is_used_or_the_venue_says_so() {
    let terms =
        Terms { quantity: None, quote_quantity: Some(dec("100")), ..market(Side::Buy, "1") };
    let mut desk = Desk::default();
    let begin = |desk: &mut Desk| {
        let order = desk.place(terms.clone(), &btc()).expect("fine terms");
        desk.tell(order, OrderEvent::Submitted {}).expect("a new order");
        assert_eq!(code(desk.tell(order, OrderEvent::Completed {})), "wrong_state");
        order
    };
    let order = begin(&mut desk);
    assert_eq!(code(desk.tell(order, filled("t1", "30", "4", &[]))), "over_fill");
    desk.tell(order, filled("t1", "30", "3", &[])).expect("90 of 100");
    assert_eq!(desk.book.orders[&order].left(), amount("10"));
    desk.tell(order, OrderEvent::Completed {}).expect("the venue says so");
    assert_eq!(desk.book.orders[&order].status, Status::Filled);
    let order = begin(&mut desk);
    desk.tell(order, filled("t1", "25", "4", &[])).expect("100 of 100");
    assert_eq!(desk.book.orders[&order].status, Status::Filled);
}

#[test]
fn a_stop_is_hit_once_and_amended_before() {
    let mut desk = Desk::default();
    let terms = Terms {
        kind: OrderKind::StopLimit,
        stop_price: Some(dec("90")),
        ..limit(Side::Sell, "1", "89")
    };
    let order = desk.place(terms, &btc()).expect("fine terms");
    desk.tell(order, OrderEvent::Submitted {}).expect("new");
    desk.tell(order, accepted("v1")).expect("submitted");
    let rules = btc();
    let context = Context { rules: Some(&rules), ..Context::default() };
    let amend = |desk: &mut Desk, command| desk.command(order, command, &context);
    assert_eq!(amend(&mut desk, amended(Some("2"), None, Some("91"))), Ok(vec!["amended"]));
    assert_eq!(desk.book.orders[&order].terms.stop_price, Some(dec("91")));
    desk.tell(order, OrderEvent::Triggered {}).expect("a stop");
    assert_eq!(code(desk.tell(order, OrderEvent::Triggered {})), "not_waiting");
    assert_eq!(code(amend(&mut desk, amended(None, None, Some("92")))), "not_waiting");
    desk.tell(order, filled("t1", "89", "0.5", &[])).expect("it fits");
    for (command, refused) in [
        (amended(None, None, None), "empty_amendment"),
        (amended(Some("0.5"), None, None), "below_filled"),
        (amended(Some("0.50001"), None, None), "quantity_off_lot"),
        (amended(None, Some("88.001"), None), "price_off_tick"),
    ] {
        assert_eq!(code(amend(&mut desk, command)), refused);
    }
    assert_eq!(code(desk.tell(order, amended(Some("1"), None, None))), "unknown_symbol");
    assert_eq!(amend(&mut desk, amended(Some("0.6"), None, None)), Ok(vec!["amended"]));
    assert_eq!(code(desk.tell(order, filled("t2", "89", "0.2", &[]))), "over_fill");
    let (mut desk, order) = open_order();
    assert_eq!(code(desk.tell(order, OrderEvent::Triggered {})), "not_waiting");
    assert_eq!(
        code(desk.command(order, amended(None, None, Some("9")), &context)),
        "superfluous_field"
    );
}

/// The code with which a limit buy of 1 BTC at 100 is refused after a change.
fn refused(change: impl FnOnce(&mut Terms, &mut SymbolRules)) -> &'static str {
    let (mut terms, mut rules) = (limit(Side::Buy, "1", "100"), btc());
    change(&mut terms, &mut rules);
    code(Order::place(terms, &Context { rules: Some(&rules), ..Context::default() }))
}

/// The same of a market buy of 100 USDT.
fn refused_by_amount(change: impl FnOnce(&mut Terms)) -> &'static str {
    refused(|terms, _| {
        let quote_quantity = Some(dec("100"));
        *terms = Terms { quantity: None, quote_quantity, ..market(Side::Buy, "1") };
        change(terms);
    })
}

#[test]
fn terms_that_are_not_whole_are_refused_each_with_its_own_code() {
    assert_eq!(code(Order::place(market(Side::Buy, "1"), &Context::default())), "unknown_symbol");
    assert_eq!(refused(|_, rules| rules.active = false), "inactive_symbol");
    assert_eq!(refused(|_, rules| rules.code = "ETHUSDT".into()), "other_symbol");
    assert_eq!(refused(|_, rules| rules.base = String::new()), "bad_asset");
    for name in ["", "a b", "é", &"x".repeat(65)] {
        assert_eq!(refused(|terms, _| terms.client_order_id = name.into()), "bad_client_order_id");
    }
    assert_eq!(refused(|terms, _| terms.quantity = None), "missing_field");
    assert_eq!(refused(|terms, _| terms.limit_price = None), "missing_field");
    assert_eq!(refused(|terms, _| terms.kind = OrderKind::StopLimit), "missing_field");
    assert_eq!(refused(|terms, _| terms.kind = OrderKind::Market), "superfluous_field");
    assert_eq!(refused(|terms, _| terms.stop_price = Some(dec("1"))), "superfluous_field");
    assert_eq!(refused(|terms, _| terms.quote_quantity = Some(dec("1"))), "superfluous_field");
    assert_eq!(refused_by_amount(|terms| terms.side = Side::Sell), "superfluous_field");
    assert_eq!(refused_by_amount(|terms| terms.reduce_only = true), "superfluous_field");
    assert_eq!(refused_by_amount(|terms| terms.kind = OrderKind::Limit), "superfluous_field");
}

#[test]
fn numbers_off_the_rules_are_refused_each_with_its_own_code() {
    let quantity = |text: &str| refused(|terms, _| terms.quantity = Some(dec(text)));
    let price = |text: &str| refused(|terms, _| terms.limit_price = Some(dec(text)));
    let leverage = |text: &str| refused(|terms, _| terms.leverage = dec(text));
    let trailing = |trail: Trail| {
        refused(|terms, _| {
            let (kind, trail) = (OrderKind::TrailingStop, Some(trail));
            *terms = Terms { kind, trail, ..market(Side::Buy, "1") };
        })
    };
    assert_eq!((quantity("0"), price("-1")), ("not_positive", "not_positive"));
    let fine = Decimal::from_i128_with_scale(1, 19);
    assert_eq!(refused(|terms, _| terms.quantity = Some(fine)), "too_precise");
    assert_eq!((quantity("1.00001"), price("100.001")), ("quantity_off_lot", "price_off_tick"));
    let places = refused(|terms, rules| {
        (rules.lot_size, rules.quantity_precision) = (None, Some(2));
        terms.quantity = Some(dec("1.001"));
    });
    assert_eq!(places, "quantity_off_lot");
    assert_eq!(quantity("0.0009"), "below_min_quantity");
    assert_eq!(quantity("0.0499"), "below_min_notional");
    let few = refused_by_amount(|terms| terms.quote_quantity = Some(dec("4.99")));
    assert_eq!(few, "below_min_notional");
    let many = refused(|terms, _| {
        (terms.quantity, terms.limit_price) = (Some(dec("1e17")), Some(dec("1e17")));
    });
    assert_eq!(many, "too_large");
    assert_eq!((leverage("2"), leverage("0.5")), ("spot_leverage", "bad_leverage"));
    assert_eq!(trailing(Trail::Distance(dec("0.001"))), "price_off_tick");
    assert_eq!(trailing(Trail::Distance(dec("0"))), "not_positive");
    assert_eq!(trailing(Trail::Percent(dec("100"))), "trail_too_far");
}

#[test]
fn a_reduction_only_reduces() {
    let rules = btc();
    let place = |side, quantity: &str, position: &str| {
        let terms = Terms { reduce_only: true, mode: Mode::Margin, ..market(side, quantity) };
        let position = amount(position);
        Order::place(terms, &Context { rules: Some(&rules), position, ..Context::default() })
    };
    assert!(place(Side::Sell, "1", "1").is_ok());
    assert!(place(Side::Buy, "0.5", "-1").is_ok());
    for (side, quantity, position) in [
        (Side::Sell, "1", "0"),
        (Side::Sell, "1.0001", "1"),
        (Side::Buy, "1", "1"),
        (Side::Sell, "1", "-2"),
    ] {
        assert_eq!(code(place(side, quantity, position)), "reduce_only");
    }
}

#[test]
fn a_market_order_is_valued_at_the_latest_price() {
    let rules = btc();
    let place = |price: Option<&str>| {
        let context = Context { rules: Some(&rules), price: price.map(dec), ..Context::default() };
        Order::place(market(Side::Buy, "0.01"), &context)
    };
    assert!(place(None).is_ok() && place(Some("500")).is_ok());
    assert_eq!(code(place(Some("499.99"))), "below_min_notional");
}

#[test]
fn fills_and_reservations_are_refused_each_with_its_own_code() {
    let (desk, order) = open_order();
    let order = &desk.book.orders[&order];
    let context = Context { available: Some(amount("10")), ..Context::default() };
    let refused = |command| code(order.decide(command, &context));
    assert_eq!(refused(filled("", "100", "1", &[])), "bad_trade_id");
    assert_eq!(refused(filled("t", "0", "1", &[])), "not_positive");
    assert_eq!(refused(filled("t", "1e17", "1e17", &[])), "too_large");
    assert_eq!(refused(filled("t", "100", "1", &[("1", "")])), "bad_asset");
    assert_eq!(
        refused(filled("t", "100", "1", &[("0.6", "BTC"), ("0.4", "BTC")])),
        "fee_takes_all"
    );
    assert_eq!(
        refused(filled("t", "100", "1", &[("0.0000000000000000001", "BTC")])),
        "fee_too_precise"
    );
    let fill = Fill { quote: amount("100.1"), ..fill("t", "100", "1", &[]) };
    assert_eq!(refused(OrderEvent::Filled { fill }), "quote_differs");
    assert_eq!(refused(reserved("0")), "not_positive");
    assert_eq!(refused(reserved("10.01")), "insufficient_funds");
    assert!(order.decide(reserved("10"), &context).is_ok());
    let released = |asset: &str, value: &str| OrderEvent::Released {
        asset: asset.into(),
        amount: amount(value),
    };
    assert_eq!(refused(released("USDT", "100.01")), "not_reserved");
    assert_eq!(refused(released("BTC", "1")), "not_reserved");
    assert_eq!(refused(released("USDT", "-1")), "not_reserved");
    // The venue is right about its price, on the tick or off it.
    assert!(order.decide(filled("t", "99.98765", "0.00001", &[]), &context).is_ok());
}

#[test]
fn an_account_refuses_what_it_can_not_book() {
    let paid = |asset: &str| funding(asset, "-1");
    assert_eq!(code(paid("USDT").check(None)), "no_position");
    let mut desk = Desk::default();
    desk.trade(Terms { mode: Mode::Margin, ..market(Side::Buy, "1") }, "100", &[]);
    assert_eq!(code(paid("BNB").check(Some(desk.positions()[0]))), "funding_asset");
    assert_eq!(paid("USDT").check(Some(desk.positions()[0])), Ok(()));
    let time = Time::default();
    let deposited =
        |value: &str| AccountEvent::Deposited { asset: "USDT".into(), amount: amount(value), time };
    assert_eq!(code(deposited("0").check(None)), "not_positive");
    assert_eq!(code(deposited("1e34").check(None)), "too_large");
}

#[test]
fn codes_are_told_apart() {
    let codes: BTreeSet<_> = Refusal::CODES.iter().collect();
    assert_eq!(codes.len(), Refusal::CODES.len());
}

#[test]
fn events_that_can_not_have_happened_are_corrupt() {
    let (mut desk, order) = open_order();
    let mut take = |order, event| desk.take(Event::Order { order, event }).expect_err("corrupt");
    let unknown = take(id(7), OrderEvent::Submitted {});
    assert!(matches!(unknown, Corrupt::NotPlaced { .. }), "{unknown}");
    let again = take(order, accepted("v1"));
    assert!(matches!(again, Corrupt::Twice { .. }), "{again}");
    for event in [filled("t", "1", "2", &[]), OrderEvent::Submitted {}, accepted("v2")] {
        let illegal = take(order, event);
        assert!(matches!(illegal, Corrupt::Illegal { .. }), "{illegal}");
    }
}
