//! Orders of one spot account, each sent once what it needs is held back: whatever the market does, nothing is owed.

use std::collections::BTreeMap;

use domain::ledger::{Need, Purse, Status, order_effects};
use proptest::prelude::*;

use super::properties::{some_settings, some_terms};
use super::*;

/// What the account has, by asset and purse.
type Money = BTreeMap<(String, Purse), Amount>;

struct Account {
    money: Money,
    desks: Vec<Desk>,
}

impl Account {
    fn has(&self, asset: &str, purse: Purse) -> Amount {
        self.money.get(&(asset.to_owned(), purse)).copied().unwrap_or_default()
    }

    fn book(&mut self, order: &Order, event: &OrderEvent) {
        let effects = order_effects(order, event, None).expect("it was decided");
        for line in effects.postings {
            *self.money.entry((line.asset, line.purse)).or_default() += line.amount;
        }
    }

    /// Books what the desk's order went through since it was looked at last.
    fn settle(&mut self, mut desk: Desk) -> Desk {
        for (order, event) in std::mem::take(&mut desk.applied) {
            self.book(&order, &event);
        }
        desk
    }

    /// Holds back what the order as it is to be needs and hasn't yet; whether it can.
    fn hold_back(&mut self, desk: &mut Desk, wanted: &Order) -> bool {
        let latest = desk.market.map(|market| market.price);
        let latest = latest.filter(|_| wanted.status == Status::New);
        let (asset, amount) = match wanted.need(latest, desk.settings.costs(&wanted.terms)) {
            Some(Need::Some(asset, amount)) => (asset, amount),
            Some(Need::Nothing) => return true,
            // A trailing stop that is amended; what is held for it stays as it is.
            Some(Need::Price) => return wanted.status != Status::New,
            None => return false,
        };
        let held = desk.ledger.reserved.get(&asset).copied().unwrap_or_default();
        let more = amount.checked_sub(held).unwrap_or_default();
        if more <= Amount::ZERO {
            return true;
        }
        if more > self.has(&asset, Purse::Cash) {
            return false;
        }
        desk.tell(OrderEvent::Reserved { asset, amount: more });
        true
    }

    fn place(&mut self, terms: Terms, settings: PaperSettings, before: &[Tick]) {
        let mut desk = Desk::unsent(terms, settings, before);
        let wanted = desk.ledger.clone();
        if !self.hold_back(&mut desk, &wanted) {
            return;
        }
        desk.tell(OrderEvent::Submitted {});
        if desk.arrive().is_err() {
            let (code, reason) = ("no".to_owned(), "no".to_owned());
            desk.tell(OrderEvent::Rejected { code, reason });
        }
        let desk = self.settle(desk);
        if desk.paper.is_some() {
            self.desks.push(desk);
        }
    }

    /// As the saga does: what is needed more first, what is needed less once the venue has said so.
    fn amend(&mut self, mut desk: Desk, to: Amendment) -> Desk {
        let Amendment { quantity, limit_price, stop_price } = to;
        let mut wanted = desk.ledger.clone();
        let asked = wanted.apply(&OrderEvent::Amended { quantity, limit_price, stop_price });
        if asked.is_ok() && self.hold_back(&mut desk, &wanted) {
            // A refusal of the venue changes nothing.
            let _ = desk.amend(to);
            let costs = desk.settings.costs(&desk.ledger.terms);
            if let Some(Need::Some(asset, amount)) = desk.ledger.need(None, costs)
                && !desk.ledger.status.is_final()
            {
                let held = desk.ledger.reserved.get(&asset).copied().unwrap_or_default();
                let surplus = held.checked_sub(amount).unwrap_or_default();
                if surplus > Amount::ZERO {
                    desk.tell(OrderEvent::Released { asset, amount: surplus });
                }
            }
        }
        self.settle(desk)
    }

    fn each(&mut self, mut step: impl FnMut(&mut Self, Desk) -> Desk) {
        for desk in std::mem::take(&mut self.desks) {
            let desk = step(self, desk);
            self.desks.push(desk);
        }
    }

    /// What would be owed, if anything.
    fn owed(&self) -> Option<(&'static str, Amount, Amount)> {
        ["BTC", "USDT"].into_iter().find_map(|asset| {
            let (cash, held) = (self.has(asset, Purse::Cash), self.has(asset, Purse::Held));
            let all = cash.checked_add(held)?;
            (all < Amount::ZERO || held < Amount::ZERO).then_some((asset, cash, held))
        })
    }
}

/// What is done at a moment: a trade at any price, and perhaps an order, or a change of those that wait.
type Moment = (u16, u16, Option<Terms>, Option<(bool, u16)>);

fn some_moments() -> impl Strategy<Value = Vec<Moment>> {
    let terms = some_terms().prop_map(|terms| Terms { mode: Mode::Spot, ..terms });
    let change = prop::option::weighted(0.2, (any::<bool>(), 1..12_000u16));
    let moment = (6_000..16_000u16, 1..2_500u16, prop::option::weighted(0.5, terms), change);
    prop::collection::vec(moment, 2..30)
}

proptest! {
    #[test]
    fn nothing_is_ever_owed(
        settings in some_settings(), moments in some_moments(), cash in 0..60_000u32, coins in 0..3_000u32,
    ) {
        let mut account = Account { money: Money::new(), desks: vec![] };
        account.money.insert(("USDT".into(), Purse::Cash), Decimal::new(cash.into(), 2).into());
        account.money.insert(("BTC".into(), Purse::Cash), Decimal::new(coins.into(), 3).into());
        let mut ticks = vec![];
        for (at, (price, quantity, order, change)) in moments.into_iter().enumerate() {
            let (price, quantity) = (Decimal::new(price.into(), 2), Decimal::new(quantity.into(), 3));
            let next = Tick { price, quantity, ..tick(at as i64 * 1_000, "1", "1") };
            account.each(|account, mut desk| {
                desk.see(&next);
                account.settle(desk)
            });
            ticks.push(next);
            if let Some(terms) = order {
                account.place(terms, settings, &ticks);
            }
            if let Some((of_price, number)) = change {
                let number = Some(Decimal::new(number.into(), 2));
                account.each(|account, desk| {
                    let terms = &desk.ledger.terms;
                    let to = match (of_price, terms.kind.has_limit()) {
                        (false, _) => Amendment { quantity: number, ..Amendment::default() },
                        (true, true) => Amendment { limit_price: number, ..Amendment::default() },
                        (true, false) => Amendment { stop_price: number, ..Amendment::default() },
                    };
                    account.amend(desk, to)
                });
            }
            prop_assert_eq!(account.owed(), None);
        }
        account.each(|account, mut desk| {
            desk.cancel();
            account.settle(desk)
        });
        for asset in ["BTC", "USDT"] {
            prop_assert!(account.has(asset, Purse::Cash) >= Amount::ZERO);
            prop_assert_eq!(account.has(asset, Purse::Held), Amount::ZERO);
        }
    }
}

#[test]
fn a_fee_is_held_back_with_the_value() {
    let settings = PaperSettings { maker_fee: dec("0.001"), taker_fee: dec("0.002"), ..plain() };
    let need = |terms: Terms| {
        let desk = Desk::unsent(terms, settings, &[]);
        desk.ledger.need(Some(dec("100")), settings.costs(&desk.ledger.terms))
    };
    let some = |asset: &str, much: &str| Some(Need::Some(asset.into(), amount(much)));
    assert_eq!(need(limit(Side::Buy, "2", "90")), some("USDT", "180.36"));
    assert_eq!(need(limit(Side::Sell, "2", "90")), some("BTC", "2"));
    // 105 percent of the latest price.
    assert_eq!(need(terms(Side::Buy, OrderKind::Market, "2")), some("USDT", "210.42"));
    let by_amount = Terms {
        quantity: None,
        quote_quantity: Some(dec("50")),
        ..terms(Side::Buy, OrderKind::Market, "1")
    };
    assert_eq!(need(by_amount), some("USDT", "50.1"));
}

#[test]
fn an_order_without_a_limit_takes_what_was_held_back_for_it_and_no_more() {
    let before = [tick(0, "100", "5")];
    let stop = Terms { stop_price: Some(dec("110")), ..terms(Side::Buy, OrderKind::Stop, "2") };
    let mut desk = Desk::unsent(stop, plain(), &before);
    desk.tell(OrderEvent::Reserved { asset: "USDT".into(), amount: amount("231") });
    desk.tell(OrderEvent::Submitted {});
    desk.arrive().expect("it waits");
    // The market leaps over the stop price: 231 buy 1.54 at 150.
    desk.see(&tick(1_000, "150", "5"));
    assert_eq!(desk.said()[1..], ["triggered", "150 x 1.54", "expired"]);
}
