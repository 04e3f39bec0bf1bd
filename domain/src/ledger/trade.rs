//! Round trips: what a position came to, from flat to flat.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Direction, Position, PositionKey};
use crate::number::{Amount, Decimal, MAX_SCALE};
use crate::time::Time;

/// A round trip. It is open while its position is; there is one per position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trade {
    /// Its position.
    pub position: Uuid,
    /// Whose it is, and of what.
    pub key: PositionKey,
    /// Long or short.
    pub direction: Direction,
    /// When it began.
    pub entry_time: Time,
    /// When it ended; `None` while it is open.
    pub exit_time: Option<Time>,
    /// Volume-weighted price of all entries.
    pub entry_price: Option<Amount>,
    /// Volume-weighted price of all exits so far.
    pub exit_price: Option<Amount>,
    /// The most base that was held.
    pub size: Amount,
    /// Fees in quote, and those in base at the price of their fill.
    pub commission: Amount,
    /// Fees in other assets; not in `net`, see [`Trade::net_with`].
    pub other_fees: BTreeMap<String, Amount>,
    /// Funding received, less what was paid, in quote.
    pub funding: Amount,
    /// Profit before fees and funding, by average cost; of an open trade what is realised so far.
    pub gross: Amount,
    /// gross − commission + funding.
    pub net: Amount,
    /// Net profit over the margin: net / ((value of all entries ± their commission) / leverage), plus
    /// when long, minus when short. That is freqtrade's `profit_ratio`; rounded to 18 digits after the
    /// point. Times 100 it is the percentage.
    pub profit_ratio: Option<Amount>,
    /// Of the order that opened it.
    pub strategy: Option<String>,
    /// Of the order that opened it.
    pub entry_logic: Option<String>,
    /// Of the order that opened it.
    pub interval: Option<String>,
    /// Of the last order that closed some of it.
    pub exit_logic: Option<String>,
    /// Of the last order that closed some of it.
    pub exit_reason: Option<String>,
}

impl Trade {
    /// The round trip of a position; `None` where a sum passes 5 × 10^40.
    #[must_use]
    pub fn of(position: &Position) -> Option<Self> {
        let commission = commission(position)?;
        let net = Self::net_of(position)?;
        let mut other_fees = position.fees.clone();
        other_fees.retain(|asset, _| *asset != position.base && *asset != position.quote);
        let (opened, closed) = (&position.opened_by, &position.closed_by);
        Some(Self {
            position: position.id,
            key: position.key.clone(),
            direction: position.direction,
            entry_time: position.opened_at,
            exit_time: position.closed_at,
            entry_price: position.entries.price(),
            exit_price: position.exits.price(),
            size: position.largest,
            commission,
            other_fees,
            funding: position.funding,
            gross: position.realised,
            net,
            profit_ratio: profit_ratio(position, net),
            strategy: opened.strategy.clone(),
            entry_logic: opened.entry_logic.clone(),
            interval: opened.interval.clone(),
            exit_logic: closed.exit_logic.clone(),
            exit_reason: closed.exit_reason.clone(),
        })
    }

    /// The net profit alone; `None` where a sum passes 5 × 10^40.
    #[must_use]
    pub fn net_of(position: &Position) -> Option<Amount> {
        position.realised.checked_sub(commission(position)?)?.checked_add(position.funding)
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.exit_time.is_some()
    }

    /// `net` with the fees in other assets too, each at a price in quote; `None` where one is missing
    /// or a product can't be held exactly.
    #[must_use]
    pub fn net_with(&self, price: impl Fn(&str) -> Option<Decimal>) -> Option<Amount> {
        self.other_fees.iter().try_fold(self.net, |net, (asset, fee)| {
            net.checked_sub(fee.checked_times(price(asset)?)?)
        })
    }
}

fn commission(position: &Position) -> Option<Amount> {
    position.entries.fees.checked_add(position.exits.fees)
}

fn profit_ratio(position: &Position, net: Amount) -> Option<Amount> {
    let fees = position.entries.fees;
    let fees = if position.direction == Direction::Long { fees } else { -fees };
    let paid = position.entries.value.checked_add(fees)?;
    // Times leverage and its scale in whole numbers, so that only the division rounds.
    let above = net.checked_mul(position.leverage.mantissa())?;
    let below = paid.checked_mul(10i128.pow(position.leverage.scale()))?;
    crate::quotient(above, below, MAX_SCALE)
}
