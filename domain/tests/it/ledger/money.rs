//! Double entry: where money is after an event.

use domain::ledger::{Posting, Purse, check_balanced};

use super::*;

/// Every balance that is not nothing.
fn balances(desk: &Desk) -> Vec<(&str, &str, String)> {
    let balances = desk.book.balances.iter().filter(|(_, value)| **value != Amount::ZERO);
    balances
        .map(|((_, asset, purse), value)| (asset.as_str(), purse.as_str(), value.to_string()))
        .collect()
}

fn row(
    asset: &'static str,
    purse: &'static str,
    value: &str,
) -> (&'static str, &'static str, String) {
    (asset, purse, value.to_owned())
}

fn deposit(desk: &mut Desk, value: &str) {
    let time = Time::default();
    let event = AccountEvent::Deposited { asset: "USDT".into(), amount: amount(value), time };
    desk.account(id(1), event).expect("a deposit");
}

#[test]
fn a_spot_order_holds_back_pays_and_gives_back() {
    let mut desk = Desk::default();
    deposit(&mut desk, "1000");
    let order = desk.place(limit(Side::Buy, "2", "100"), &btc()).expect("fine terms");
    let reserved = OrderEvent::Reserved { asset: "USDT".into(), amount: amount("200") };
    desk.tell(order, reserved).expect("a new order");
    assert_eq!(
        balances(&desk),
        [row("USDT", "cash", "800"), row("USDT", "held", "200"), row("USDT", "external", "-1000")]
    );
    desk.tell(order, OrderEvent::Submitted {}).expect("a new order");
    desk.tell(order, filled("t1", "99", "1", &[("0.001", "BTC"), ("-0.5", "BNB")]))
        .expect("it fits");
    assert_eq!(
        balances(&desk),
        [
            row("BNB", "cash", "0.5"),
            row("BNB", "fees", "-0.5"),
            row("BTC", "cash", "0.999"),
            row("BTC", "market", "-1"),
            row("BTC", "fees", "0.001"),
            row("USDT", "cash", "801"),
            row("USDT", "held", "100"),
            row("USDT", "market", "99"),
            row("USDT", "external", "-1000"),
        ]
    );
    desk.tell(order, OrderEvent::Cancelled { reason: "asked".into() }).expect("it is open");
    assert_eq!(desk.book.balance(id(1), "USDT", Purse::Held), Amount::ZERO);
    assert_eq!(desk.book.balance(id(1), "USDT", Purse::Cash), amount("901"));
    let time = Time::default();
    let withdrawn = AccountEvent::Withdrawn { asset: "USDT".into(), amount: amount("901"), time };
    desk.account(id(1), withdrawn).expect("a withdrawal");
    assert_eq!(desk.book.balance(id(1), "USDT", Purse::External), amount("-99"));
}

#[test]
fn a_margin_fill_moves_profit_fees_and_funding_alone() {
    let mut desk = Desk::default();
    let margin = |side, quantity: &str| Terms { mode: Mode::Margin, ..market(side, quantity) };
    desk.trade(margin(Side::Sell, "3"), "100", &[("0.3", "USDT")]);
    assert_eq!(balances(&desk), [row("USDT", "cash", "-0.3"), row("USDT", "fees", "0.3")]);
    desk.trade(margin(Side::Buy, "1"), "90", &[]);
    desk.account(id(1), funding("USDT", "-2")).expect("a position");
    assert_eq!(
        balances(&desk),
        [
            row("USDT", "cash", "7.7"),
            row("USDT", "profit", "-10"),
            row("USDT", "fees", "0.3"),
            row("USDT", "funding", "2"),
        ]
    );
}

#[test]
fn lines_that_do_not_add_up_are_told() {
    let line = |asset: &str, value: &str| Posting {
        account: id(1),
        asset: asset.into(),
        purse: Purse::Cash,
        amount: amount(value),
    };
    assert_eq!(
        check_balanced(&[line("A", "1"), line("B", "2"), line("A", "-1"), line("B", "-2")]),
        Ok(())
    );
    let wrong = check_balanced(&[line("A", "1"), line("B", "-1")]);
    assert!(matches!(wrong, Err(Corrupt::Unbalanced { .. })), "{wrong:?}");
    let other = Posting { account: id(2), ..line("A", "-1") };
    assert!(check_balanced(&[line("A", "1"), other]).is_err(), "of different accounts");
}
