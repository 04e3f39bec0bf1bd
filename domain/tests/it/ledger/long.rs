//! A position that lives long: thousands of fills, no end of lots.

use domain::ledger::{Position, Trade};

use super::*;

#[test]
fn a_position_of_thousands_of_fills_is_kept_and_read_back() {
    let (mut desk, mut dice) = (Desk::default(), 20_260_105u64);
    let mut roll = |most: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % most
    };
    for number in 0..4_000 {
        let side = if roll(2) == 0 { Side::Buy } else { Side::Sell };
        let quantity = ["0.1", "0.15", "0.2"][roll(3) as usize];
        let price = format!("{}.{:02}", 39_000 + roll(2_000), roll(100));
        desk.trade(market(side, quantity), &price, &[("1.5", "USDT")]);
        for position in desk.book.positions.values() {
            if number % 50 == 0 || position.is_open() {
                let trade = Trade::of(position);
                assert!(trade.is_some(), "{number}: {position:?}");
                let text = serde_json::to_string(position).expect("JSON");
                let back: Position =
                    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{number}: {e}: {text}"));
                assert_eq!(&back, position);
            }
        }
    }
}
