//! Open positions at the latest price.

use domain::ledger::Position;
use domain::{Amount, Decimal, Time};
use store::ledger::trips::{self, PositionRow, TripQuery};

use super::prices::Moment;
use super::{LedgerError, Reports};

/// What an open position would win.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The symbol's price.
    pub price: Decimal,
    /// When that was.
    pub time: Time,
    /// How long ago, in seconds.
    pub age_s: i64,
    /// What it would win before fees, in quote.
    pub unrealised: Option<Amount>,
    /// The same over the margin.
    pub ratio: Option<Amount>,
}

impl Reports {
    /// Positions with all that is known of them, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn positions(
        &self,
        query: &TripQuery,
    ) -> Result<Vec<(PositionRow, Position)>, LedgerError> {
        Ok(trips::positions_with_state(&self.0.db, query).await?)
    }

    /// An open position at the latest price, or at the last by a time; none where no price is stored.
    ///
    /// # Errors
    /// The database's.
    pub async fn mark(
        &self,
        position: &Position,
        at: Option<Time>,
    ) -> Result<Option<Mark>, LedgerError> {
        let moment = at.map_or(Moment::Latest, Moment::At);
        let Some((price, time)) = self.price(&position.key.symbol, moment).await? else {
            return Ok(None);
        };
        let now = at.unwrap_or_else(|| self.now());
        let unrealised = position.unrealised(price);
        let margin = domain::quotient(position.cost, position.leverage.into(), domain::MAX_SCALE);
        let ratio = unrealised
            .zip(margin)
            .and_then(|(gain, margin)| domain::quotient(gain, margin, domain::MAX_SCALE));
        let age_s = (now.micros() - time.micros()).max(0) / 1_000_000;
        Ok(Some(Mark { price, time, age_s, unrealised, ratio }))
    }
}
