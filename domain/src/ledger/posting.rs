//! Double entry: whatever an account gains in an asset, something else gives.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{AccountEvent, Corrupt, Mode, Order, OrderEvent, Side};
use crate::number::Amount;

/// One of the accounts that a venue account has per asset. What is not `Cash` or `Held` is the other
/// side, and shows what it gave as a negative balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purse {
    /// What can be spent.
    Cash,
    /// What is held back for orders.
    Held,
    /// Whoever traded with us on spot.
    Market,
    /// Whoever traded with us on margin, where profit alone is paid.
    Profit,
    /// The venue, for its fees.
    Fees,
    /// Holders of the other side of margin positions.
    Funding,
    /// The world outside.
    External,
}

impl Purse {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Cash,
        Self::Held,
        Self::Market,
        Self::Profit,
        Self::Fees,
        Self::Funding,
        Self::External,
    ];

    /// Its name in tables and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Held => "held",
            Self::Market => "market",
            Self::Profit => "profit",
            Self::Fees => "fees",
            Self::Funding => "funding",
            Self::External => "external",
        }
    }
}

/// One line of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The venue account.
    pub account: Uuid,
    /// In what.
    pub asset: String,
    /// Which of its accounts.
    pub purse: Purse,
    /// What it gains, negative where it gives.
    pub amount: Amount,
}

/// The lines of one event.
struct Entry {
    account: Uuid,
    lines: Vec<Posting>,
}

impl Entry {
    /// The only way lines are made: what one gains the other gives.
    fn pay(&mut self, asset: &str, from: Purse, to: Purse, amount: Amount) {
        if amount != Amount::ZERO {
            for (purse, amount) in [(from, -amount), (to, amount)] {
                let (account, asset) = (self.account, asset.to_owned());
                self.lines.push(Posting { account, asset, purse, amount });
            }
        }
    }
}

/// The entry of an order's event. `realised` is what its fill realised by average cost, which is all
/// that a margin fill moves besides fees.
#[must_use]
pub fn order_postings(order: &Order, event: &OrderEvent, realised: Amount) -> Vec<Posting> {
    let mut entry = Entry { account: order.terms.account, lines: vec![] };
    match event {
        OrderEvent::Reserved { asset, amount } => {
            entry.pay(asset, Purse::Cash, Purse::Held, *amount);
        }
        OrderEvent::Released { asset, amount } => {
            entry.pay(asset, Purse::Held, Purse::Cash, *amount);
        }
        OrderEvent::Filled { fill } => {
            let traded = Amount::from(fill.quantity);
            match (order.terms.mode, order.terms.side) {
                (Mode::Spot, Side::Buy) => {
                    entry.pay(&order.quote, Purse::Cash, Purse::Market, fill.quote);
                    entry.pay(&order.base, Purse::Market, Purse::Cash, traded);
                }
                (Mode::Spot, Side::Sell) => {
                    entry.pay(&order.base, Purse::Cash, Purse::Market, traded);
                    entry.pay(&order.quote, Purse::Market, Purse::Cash, fill.quote);
                }
                (Mode::Margin, _) => {
                    entry.pay(&order.quote, Purse::Profit, Purse::Cash, realised);
                }
            }
            for fee in &fill.fees {
                entry.pay(&fee.asset, Purse::Cash, Purse::Fees, fee.amount);
            }
        }
        _ => {}
    }
    entry.lines
}

/// The entry of an account's event.
#[must_use]
pub fn account_postings(account: Uuid, event: &AccountEvent) -> Vec<Posting> {
    let mut entry = Entry { account, lines: vec![] };
    match event {
        AccountEvent::Deposited { asset, amount, .. } => {
            entry.pay(asset, Purse::External, Purse::Cash, *amount);
        }
        AccountEvent::Withdrawn { asset, amount, .. } => {
            entry.pay(asset, Purse::Cash, Purse::External, *amount);
        }
        AccountEvent::FundingPaid { asset, amount, .. } => {
            entry.pay(asset, Purse::Funding, Purse::Cash, *amount);
        }
    }
    entry.lines
}

/// Checks that lines add up to nothing, per account and asset.
///
/// # Errors
/// [`Corrupt::Unbalanced`] where they don't, [`Corrupt::Inexact`] where the sum can't be held.
pub fn check_balanced(lines: &[Posting]) -> Result<(), Corrupt> {
    let mut sums = BTreeMap::<(Uuid, &str), Amount>::new();
    for line in lines {
        let sum = sums.entry((line.account, &line.asset)).or_default();
        let what = "a sum of postings";
        *sum = sum.checked_add(line.amount).ok_or(Corrupt::Inexact { what })?;
    }
    match sums.into_iter().find(|(_, sum)| *sum != Amount::ZERO) {
        Some(((account, asset), sum)) => {
            Err(Corrupt::Unbalanced { account, asset: asset.to_owned(), sum })
        }
        None => Ok(()),
    }
}
