//! Whatever the market does to whatever order.

use domain::ledger::{Liquidity, Trail};
use domain::trading::paper::{FeeAsset, Reach};
use proptest::prelude::*;

use super::*;

/// So many hundredths.
fn cents(count: u16) -> Decimal {
    Decimal::new(count.into(), 2)
}

pub(super) fn some_terms() -> impl Strategy<Value = Terms> {
    let choices = (any::<bool>(), 0..6u8, 0..3u8, any::<[bool; 3]>());
    let numbers = (1..3_000u16, 9_950..10_050u16, 9_950..10_050u16, 1..100u16);
    (choices, numbers).prop_map(|((sell, kind, tif, [reduce, percent, margin]), numbers)| {
        let (quantity, price, stop, trail) = numbers;
        let side = if sell { Side::Sell } else { Side::Buy };
        let kinds = [
            OrderKind::Market,
            OrderKind::Limit,
            OrderKind::Stop,
            OrderKind::StopLimit,
            OrderKind::TrailingStop,
        ];
        let by_amount = kind == 5 && !sell;
        let kind = kinds[usize::from(kind) % kinds.len()];
        let mut terms = terms(side, kind, "1");
        terms.time_in_force =
            [TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok][usize::from(tif)];
        terms.mode = if margin { Mode::Margin } else { Mode::Spot };
        terms.quantity = (!by_amount).then(|| Decimal::new(quantity.into(), 3));
        terms.quote_quantity = by_amount.then(|| cents(quantity));
        terms.limit_price = kind.has_limit().then(|| cents(price));
        terms.stop_price = kind.has_stop().then(|| cents(stop));
        let distance =
            if percent { Trail::Percent(cents(trail)) } else { Trail::Distance(cents(trail)) };
        terms.trail = (kind == OrderKind::TrailingStop).then_some(distance);
        terms.reduce_only = reduce && !by_amount;
        terms
    })
}

pub(super) fn some_settings() -> impl Strategy<Value = PaperSettings> {
    (-10..50i64, 0..50i64, any::<[bool; 3]>(), 0..300i64, 1..100i64).prop_map(
        |(maker, taker, [received, fixed, share], number, limit)| PaperSettings {
            maker_fee: Decimal::new(maker, 4),
            taker_fee: Decimal::new(taker, 4),
            fee_asset: if received { FeeAsset::Received } else { FeeAsset::Quote },
            slippage: if fixed {
                Slippage::Fixed { bps: Decimal::new(number, 1) }
            } else {
                Slippage::VolumeShare {
                    impact: Decimal::new(number, 3),
                    limit: Decimal::new(limit, 2),
                }
            },
            queue: if share {
                Queue::Share { share: Decimal::new(number, 2) }
            } else {
                Queue::Quote { amount: Decimal::new(number, 0) }
            },
        },
    )
}

/// Trades around 100, seconds apart; the first of them came before the order.
fn some_ticks() -> impl Strategy<Value = Vec<Tick>> {
    let one = (0..20_000i64, 9_940..10_060u16, 0..2_500u16);
    prop::collection::vec(one, 1..40).prop_map(|ticks| {
        let mut at = 0;
        let tick = |(pause, price, quantity): (i64, u16, u16)| {
            at += pause + 1;
            Tick {
                price: cents(price),
                quantity: Decimal::new(quantity.into(), 3),
                ..tick(at, "1", "1")
            }
        };
        ticks.into_iter().map(tick).collect()
    })
}

/// Something that is done after some of the trades.
fn some_changes() -> impl Strategy<Value = Vec<(u8, u8, u16)>> {
    prop::collection::vec((0..40u8, 0..6u8, 1..10_050u16), 0..4)
}

fn begin(terms: &Terms, settings: PaperSettings, first: &Tick, held: u16) -> Option<Desk> {
    let mut desk = Desk::new(terms.clone(), settings, std::slice::from_ref(first));
    let held = Amount::from(Decimal::new(held.into(), 4));
    desk.position = if terms.side == Side::Sell { held } else { -held };
    desk.arrive().ok().map(|()| desk)
}

fn change(desk: &mut Desk, what: u8, number: u16) {
    let number = cents(number);
    let to = match what {
        0 => return desk.cancel(),
        1 => Amendment { quantity: Some(number), ..Amendment::default() },
        2 | 3 => Amendment { limit_price: Some(number), ..Amendment::default() },
        4 => Amendment { stop_price: Some(number), ..Amendment::default() },
        _ => Amendment { quantity: Some(number), limit_price: Some(number), stop_price: None },
    };
    // A refusal changes nothing, which the ledger's taking in of what follows shows.
    let _ = desk.amend(to);
}

proptest! {
    /// Every report is checked by the ledger as it comes, overfilling and fills behind the end among them.
    #[test]
    fn whatever_it_tells_the_ledger_takes(
        terms in some_terms(), settings in some_settings(), ticks in some_ticks(),
        changes in some_changes(), held in 0..20_000u16,
    ) {
        let Some(mut desk) = begin(&terms, settings, &ticks[0], held) else { return Ok(()) };
        let mut limits = vec![desk.ledger.terms.limit_price];
        for (at, tick) in ticks[1..].iter().enumerate() {
            desk.see(tick);
            for (_, what, number) in changes.iter().filter(|change| usize::from(change.0) == at) {
                change(&mut desk, *what, *number);
                limits.push(desk.ledger.terms.limit_price);
            }
            prop_assert_eq!(desk.paper().is_over(), desk.ledger.status.is_final());
        }
        for fill in desk.fills() {
            // Never worse than the worst price that was asked for.
            let fair = |limit: &Option<Decimal>| limit.is_none_or(|limit| match terms.side {
                Side::Buy => fill.price <= limit,
                Side::Sell => fill.price >= limit,
            });
            prop_assert!(limits.iter().any(fair), "{} against {:?}", fill.price, limits);
            prop_assert!((fill.price / steps().tick).is_integer());
        }
    }

    #[test]
    fn without_changes_the_one_limit_holds_and_a_maker_gets_no_more_than_was_traded(
        terms in some_terms(), settings in some_settings(), ticks in some_ticks(),
    ) {
        let Some(mut desk) = begin(&terms, settings, &ticks[0], 10_000) else { return Ok(()) };
        let mut traded = Amount::ZERO;
        for tick in &ticks[1..] {
            desk.see(tick);
            let met = terms.limit_price.is_some_and(|limit| match terms.side {
                Side::Buy => tick.price <= limit,
                Side::Sell => tick.price >= limit,
            });
            if met {
                traded += tick.quantity.into();
            }
        }
        let mut made = Amount::ZERO;
        for fill in desk.fills() {
            let limit = terms.limit_price.unwrap_or(fill.price);
            match terms.side {
                Side::Buy => prop_assert!(fill.price <= limit),
                Side::Sell => prop_assert!(fill.price >= limit),
            }
            if fill.liquidity == Liquidity::Maker {
                made += fill.quantity.into();
            }
        }
        prop_assert!(made <= traded, "{made} of {traded}");
    }

    #[test]
    fn all_or_nothing_is_that(
        terms in some_terms(), settings in some_settings(), ticks in some_ticks(), held in 0..20_000u16,
    ) {
        let terms = Terms { time_in_force: TimeInForce::Fok, ..terms };
        let Some(mut desk) = begin(&terms, settings, &ticks[0], held) else { return Ok(()) };
        ticks[1..].iter().for_each(|tick| desk.see(tick));
        let fills = desk.fills();
        prop_assert!(fills.len() <= 1);
        if let (Some(fill), Some(quantity)) = (fills.first(), terms.quantity) {
            prop_assert_eq!(fill.quantity, quantity);
        }
    }

    #[test]
    fn what_only_reduces_never_turns_a_position(
        terms in some_terms(), settings in some_settings(), ticks in some_ticks(), held in 1..20_000u16,
    ) {
        let quantity = terms.quantity.or(Some(Decimal::ONE));
        let terms = Terms { reduce_only: true, quantity, quote_quantity: None, ..terms };
        let Some(mut desk) = begin(&terms, settings, &ticks[0], held) else { return Ok(()) };
        let mut left = Amount::from(Decimal::new(held.into(), 4));
        for tick in &ticks[1..] {
            desk.see(tick);
            let now = if terms.side == Side::Sell { desk.position } else { -desk.position };
            // A fee in base makes what was short shorter still, by less than was bought.
            prop_assert!(now >= Amount::ZERO, "{now}");
            prop_assert!(now <= left, "{now} after {left}");
            left = now;
        }
    }

    /// Written down and read back after every trade, on a tape made anew each time: the same to the last digit.
    #[test]
    fn interrupted_anywhere_it_tells_the_same(
        terms in some_terms(), settings in some_settings(), ticks in some_ticks(),
        changes in some_changes(), held in 0..20_000u16,
    ) {
        let Some(mut whole) = begin(&terms, settings, &ticks[0], held) else { return Ok(()) };
        let mut pieces = begin(&terms, settings, &ticks[0], held).expect("as before");
        for (at, tick) in ticks[1..].iter().enumerate() {
            let stored = serde_json::to_string(pieces.paper()).expect("JSON");
            pieces.paper = Some(serde_json::from_str(&stored).expect("as written"));
            (pieces.tape, _) = Tape::of(&ticks[..=at]);
            whole.see(tick);
            pieces.see(tick);
            for (_, what, number) in changes.iter().filter(|change| usize::from(change.0) == at) {
                change(&mut whole, *what, *number);
                change(&mut pieces, *what, *number);
            }
        }
        prop_assert_eq!(&whole.told, &pieces.told);
        prop_assert_eq!(whole.paper, pieces.paper);
        prop_assert_eq!(whole.position, pieces.position);
    }

    #[test]
    fn prices_out_of_reach_do_nothing(
        terms in some_terms(), settings in some_settings(), ticks in some_ticks(), held in 0..20_000u16,
    ) {
        let Some(mut desk) = begin(&terms, settings, &ticks[0], held) else { return Ok(()) };
        for tick in &ticks[1..] {
            let (before, told) = (desk.paper().clone(), desk.told.len());
            let Reach { below, above } = before.reach();
            let price = Amount::from(tick.price);
            desk.see(tick);
            if below.is_none_or(|most| price > most) && above.is_none_or(|least| price < least) {
                prop_assert_eq!(desk.paper().clone(), before);
                prop_assert_eq!(desk.told.len(), told);
            }
        }
    }
}
