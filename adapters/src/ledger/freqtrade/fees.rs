//! What the fills of a trade cost. freqtrade keeps a rate for all entries and one for all exits, by which it counts
//! profit, and of the last order what the venue took, and in which asset.

use domain::ledger::Fee;
use domain::{Amount, Decimal};

use super::fields::rounded;
use super::{FeeTold, FileOrder, FileTrade};

/// How the fee of an order is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Basis {
    /// By the rate, in quote: exactly what freqtrade counts.
    Rate,
    /// What the venue took, in base.
    Base(Amount),
    /// What the venue took, in an asset of neither side.
    Other(String, Amount),
    /// By the rate, though the file says something of another asset which can't be of this order.
    Instead,
}

/// Of the entries or exits of a trade; `room` is what may have been taken in base: bought, and not sold again.
pub(super) fn basis(trade: &FileTrade, told: &FeeTold, orders: usize, room: Amount) -> Basis {
    let (Some(cost), Some(currency)) = (told.cost, &told.currency) else { return Basis::Rate };
    let cost = rounded(cost);
    if *currency == trade.quote || cost <= Amount::ZERO {
        return Basis::Rate;
    }
    // Of several orders the file has the fee of the last.
    if orders != 1 {
        return Basis::Instead;
    }
    if *currency != trade.base {
        return Basis::Other(currency.clone(), cost);
    }
    if cost <= room { Basis::Base(cost) } else { Basis::Instead }
}

/// The fees of a filled order; none for what costs nothing.
pub(super) fn fees(trade: &FileTrade, told: &FeeTold, basis: &Basis, value: Amount) -> Vec<Fee> {
    let fee = match basis {
        Basis::Rate | Basis::Instead => {
            let amount = rounded(value).checked_times(told.rate).map_or(Amount::ZERO, rounded);
            Fee { asset: trade.quote.clone(), amount }
        }
        Basis::Base(amount) => Fee { asset: trade.base.clone(), amount: *amount },
        Basis::Other(asset, amount) => Fee { asset: asset.clone(), amount: *amount },
    };
    if fee.amount == Amount::ZERO { vec![] } else { vec![fee] }
}

/// Units of base that were filled.
pub(super) fn filled<'a>(orders: impl Iterator<Item = &'a FileOrder>) -> Amount {
    let mut sum = Amount::ZERO;
    for order in orders.filter(|order| order.filled > Decimal::ZERO) {
        sum += order.filled.into();
    }
    sum
}
