//! Positions and round trips, worked out by hand.

use domain::ledger::{Direction, Lot};

use super::*;

fn margin(side: Side, quantity: &str) -> Terms {
    Terms { mode: Mode::Margin, leverage: dec("10"), ..market(side, quantity) }
}

fn lots(position: &Position) -> Vec<(String, String)> {
    position
        .lots
        .iter()
        .map(|Lot { price, quantity }| (price.to_string(), quantity.to_string()))
        .collect()
}

#[test]
fn average_cost_and_oldest_lots_differ_until_the_position_is_flat() {
    let mut desk = Desk::default();
    desk.trade(market(Side::Buy, "1"), "100", &[]);
    desk.trade(market(Side::Buy, "2"), "103", &[]);
    desk.trade(market(Side::Sell, "1"), "110", &[]);
    let (position, trade) = desk.only(false);
    // 306 / 3 = 102 on average; the oldest was bought at 100.
    assert_eq!(position.realised, amount("8"));
    assert_eq!(position.realised_fifo, amount("10"));
    assert_eq!(position.average_price(), Some(amount("102")));
    assert_eq!(lots(&position), [("103".to_owned(), "2".to_owned())]);
    assert_eq!(position.unrealised(dec("105")), Some(amount("6")));
    assert_eq!((trade.exit_time, trade.net), (None, amount("8")));
    desk.trade(market(Side::Sell, "2"), "90", &[]);
    let (position, trade) = desk.only(true);
    assert_eq!((position.realised, position.realised_fifo), (amount("-16"), amount("-16")));
    assert_eq!((position.cost, position.average_price()), (Amount::ZERO, None));
    assert_eq!(trade.entry_price, Some(amount("102")));
    assert_eq!(trade.exit_price, Some(amount("96.666666666666666667")));
    assert_eq!((trade.size, trade.is_closed()), (amount("3"), true));
}

#[test]
fn what_rounding_leaves_is_realised_at_the_end() {
    let mut desk = Desk::default();
    // Three sevenths of the cost can't be told in 18 digits.
    desk.trade(market(Side::Buy, "7"), "1.000000000000000001", &[]);
    desk.trade(market(Side::Buy, "4"), "0.3", &[]);
    desk.trade(market(Side::Sell, "3"), "1", &[]);
    assert_eq!(desk.only(false).0.cost, amount("5.963636363636363641"));
    desk.trade(market(Side::Sell, "8"), "1", &[]);
    assert_eq!(desk.only(true).0.realised, amount("2.799999999999999993"));
}

#[test]
fn one_fill_closes_a_position_and_opens_the_next() {
    let mut desk = Desk::default();
    let strategy = Tags { strategy: Some("a".into()), ..Tags::default() };
    desk.trade(Terms { tags: strategy, ..margin(Side::Buy, "1") }, "100", &[("0.3", "USDT")]);
    let tags = Tags {
        strategy: Some("b".into()),
        entry_logic: Some("cross".into()),
        exit_logic: Some("turn".into()),
        exit_reason: Some("signal".into()),
        interval: Some("5m".into()),
    };
    desk.trade(
        Terms { tags, ..margin(Side::Sell, "3") },
        "110",
        &[("1", "USDT"), ("-0.01", "BNB")],
    );
    let (long, trade) = desk.only(true);
    let third = "0.333333333333333333";
    assert_eq!((long.direction, long.realised), (Direction::Long, amount("10")));
    assert_eq!(long.exits.fees, amount(third));
    assert_eq!(long.fees["BNB"], amount("-0.003333333333333333"));
    assert_eq!(trade.net, amount("9.366666666666666667"));
    assert_eq!((trade.strategy.as_deref(), trade.entry_logic.as_deref()), (Some("a"), None));
    let logic = (trade.exit_logic.as_deref(), trade.exit_reason.as_deref());
    assert_eq!(logic, (Some("turn"), Some("signal")));
    let (short, trade) = desk.only(false);
    assert_eq!((short.direction, short.signed()), (Direction::Short, amount("-2")));
    assert_eq!(short.entries.fees, amount("0.666666666666666667"));
    assert_eq!(short.fees["BNB"], amount("-0.006666666666666667"));
    assert_eq!((trade.strategy.as_deref(), trade.interval.as_deref()), (Some("b"), Some("5m")));
    assert_eq!(short.unrealised(dec("105.5")), Some(amount("9")));
    assert_ne!(long.id, short.id);
    // What can't be halved stays whole.
    let mut desk = Desk::default();
    desk.trade(margin(Side::Buy, "1"), "100", &[]);
    desk.trade(margin(Side::Sell, "2"), "110", &[("0.000000000000000001", "BNB")]);
    assert_eq!(desk.only(true).0.fees["BNB"], Amount::ZERO);
    assert_eq!(desk.only(false).0.fees["BNB"], amount("0.000000000000000001"));
}

#[test]
fn a_fee_in_base_leaves_less_to_sell() {
    let mut desk = Desk::default();
    desk.trade(market(Side::Buy, "1"), "100", &[("0.001", "BTC")]);
    let (position, _) = desk.only(false);
    assert_eq!((position.quantity, position.cost), (amount("0.999"), amount("99.9")));
    assert_eq!(desk.book.balance(id(1), "BTC", domain::ledger::Purse::Cash), amount("0.999"));
    desk.trade(market(Side::Sell, "0.999"), "110", &[("0.2", "USDT"), ("0.01", "BNB")]);
    let (_, trade) = desk.only(true);
    // 109.89 came in, 100 and 0.2 went out.
    assert_eq!(
        (trade.gross, trade.commission, trade.net),
        (amount("9.99"), amount("0.3"), amount("9.69"))
    );
    assert_eq!(trade.other_fees, [("BNB".to_owned(), amount("0.01"))].into());
    assert_eq!(trade.net_with(|asset| (asset == "BNB").then(|| dec("500"))), Some(amount("4.69")));
    assert_eq!(trade.net_with(|_| None), None);
    // On margin nothing is held that a fee could take.
    let mut desk = Desk::default();
    desk.trade(margin(Side::Buy, "1"), "100", &[("0.001", "BTC")]);
    assert_eq!(desk.only(false).0.quantity, amount("1"));
}

#[test]
fn funding_belongs_to_the_latest_position() {
    let mut desk = Desk::default();
    let paid = |value: &str| funding("USDT", value);
    let refused = desk.account(id(1), paid("1")).expect_err("nothing is open");
    assert!(matches!(refused, Corrupt::IllegalForAccount { .. }), "{refused}");
    desk.trade(margin(Side::Sell, "2"), "100", &[("0.1", "USDT")]);
    desk.account(id(1), paid("0.5")).expect("a position");
    desk.trade(margin(Side::Buy, "2"), "90", &[("0.1", "USDT")]);
    desk.account(id(1), paid("-0.2")).expect("late, but its");
    let (_, trade) = desk.only(true);
    assert_eq!(
        (trade.gross, trade.funding, trade.net),
        (amount("20"), amount("0.3"), amount("20.1"))
    );
    // 20.1 / ((200 − 0.1) / 10)
    assert_eq!(trade.profit_ratio, Some(amount("1.005502751375687844")));
}

/// The data that freqtrade published have neither leverage nor several entries; these figures were got
/// from `LocalTrade.recalc_trade_from_orders` of freqtrade 2026.9, which rounds to 8 digits at each exit.
#[test]
fn leverage_and_several_entries_and_exits_come_out_as_freqtrade_has_them() {
    // Entry or exit, quantity, price, fee, and the funding that came before.
    type Legs = [(bool, &'static str, &'static str, &'static str, &'static str)];
    let check = |side: Side, leverage: &str, legs: &Legs, profit: &str, ratio: &str| {
        let back = if side == Side::Buy { Side::Sell } else { Side::Buy };
        let mut desk = Desk::default();
        for (entry, quantity, price, fee, paid) in legs {
            if *paid != "0" {
                desk.account(id(1), funding("USDT", paid)).expect("a position");
            }
            let terms = margin(if *entry { side } else { back }, quantity);
            desk.trade(Terms { leverage: dec(leverage), ..terms }, price, &[(fee, "USDT")]);
        }
        let (_, trade) = desk.only(true);
        assert_eq!(trade.net, amount(profit));
        let differs = trade.profit_ratio.and_then(|ours| ours.checked_sub(amount(ratio)));
        assert!(differs.expect("a ratio").abs() < amount("1e-8"), "{trade:?}");
    };
    let short = [
        (true, "2", "2000.5", "2.0005", "0"),
        (true, "1", "2100.25", "1.050125", "-0.35"),
        (false, "1.5", "1950.75", "1.17045", "0.2"),
        (false, "1.5", "2010.1", "1.20606", "-0.11"),
    ];
    check(Side::Sell, "3", &short, "154.287865", "0.0759016828635584");
    let long = [
        (true, "2", "2000.5", "0.8002", "0"),
        (false, "0.5", "2050.3", "0.512575", "-0.3"),
        (true, "1.5", "1900.1", "0.57003", "0.05"),
        (false, "3", "1999.9", "2.99985", "-0.7"),
    ];
    check(Side::Buy, "5", &long, "167.867345", "0.12248584416072567");
    let plain = [(true, "1", "100", "0.1", "0"), (false, "1", "110", "0.11", "0")];
    check(Side::Buy, "2.5", &plain, "9.79", "0.2445054945054945");
}

#[test]
fn an_isolated_position_is_liquidated_where_its_margin_is_used_up() {
    let price = |side, rate: &str, kept: &str| {
        let mut desk = Desk::default();
        desk.trade(margin(side, "2"), "20000", &[]);
        desk.only(false).0.liquidation_price(dec(rate), amount(kept))
    };
    // (4000 − 40000) / (2 × −0.996), and (4000 + 40000) / (2 × 1.004)
    assert_eq!(price(Side::Buy, "0.004", "0"), Some(amount("18072.289156626506024096")));
    assert_eq!(price(Side::Sell, "0.004", "0"), Some(amount("21912.350597609561752988")));
    // (4000 + 50 − 40000) / (2 × −0.99)
    assert_eq!(price(Side::Buy, "0.01", "50"), Some(amount("18156.565656565656565657")));
    let mut desk = Desk::default();
    desk.trade(Terms { leverage: dec("1"), ..margin(Side::Buy, "1") }, "100", &[]);
    assert_eq!(
        desk.only(false).0.liquidation_price(dec("0.004"), Amount::ZERO),
        None,
        "paid whole"
    );
    let half = Terms { leverage: dec("2.5"), bot: None, ..margin(Side::Buy, "1") };
    let mut desk = Desk::default();
    desk.trade(half, "100.000000000000000001", &[]);
    let (position, _) = desk.only(false);
    assert_eq!(
        position.liquidation_price(dec("0.5"), Amount::ZERO),
        Some(amount("120.000000000000000001"))
    );
    let mut desk = Desk::default();
    desk.trade(market(Side::Buy, "1"), "100", &[]);
    assert_eq!(desk.only(false).0.liquidation_price(dec("0.004"), Amount::ZERO), None, "spot");
}

#[test]
fn a_position_has_the_same_id_in_every_replay_and_no_other_has_it() {
    let opened = |terms: Terms| {
        let mut desk = Desk::default();
        desk.trade(terms, "100", &[]);
        desk.only(false).0.id
    };
    let first = opened(market(Side::Buy, "1"));
    assert_eq!(first, opened(market(Side::Buy, "1")));
    assert_eq!(first.to_string(), "dd0f76fc-061b-874b-aa33-97ebc5f1ce5e");
    for other in [
        Terms { account: id(9), ..market(Side::Buy, "1") },
        Terms { bot: None, ..market(Side::Buy, "1") },
        Terms { symbol: "binance:ETHUSDT".parse().expect("a symbol"), ..market(Side::Buy, "1") },
    ] {
        assert_ne!(first, opened(other));
    }
}
