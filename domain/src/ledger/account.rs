//! What happens to a venue account besides its orders.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fill::check_amount;
use super::{Mode, Position, PositionKey, Refusal};
use crate::market::SymbolName;
use crate::number::Amount;
use crate::time::Time;

/// An event of an account's stream. A transfer between two accounts is a withdrawal and a deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum AccountEvent {
    /// It came from outside.
    Deposited {
        /// What.
        asset: String,
        /// How much.
        amount: Amount,
        /// When the venue says it happened.
        time: Time,
    },
    /// It went outside.
    Withdrawn {
        /// What.
        asset: String,
        /// How much.
        amount: Amount,
        /// When the venue says it happened.
        time: Time,
    },
    /// A margin position received funding, or paid it.
    FundingPaid {
        /// Whose position.
        #[serde(deserialize_with = "Option::deserialize")]
        bot: Option<Uuid>,
        /// In what.
        symbol: SymbolName,
        /// The position's quote.
        asset: String,
        /// How much came in; negative where it was paid.
        amount: Amount,
        /// When the venue says it happened.
        time: Time,
    },
}

impl AccountEvent {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Deposited { .. } => "deposited",
            Self::Withdrawn { .. } => "withdrawn",
            Self::FundingPaid { .. } => "funding_paid",
        }
    }

    /// When the venue says it happened.
    #[must_use]
    pub const fn time(&self) -> Time {
        match self {
            Self::Deposited { time, .. }
            | Self::Withdrawn { time, .. }
            | Self::FundingPaid { time, .. } => *time,
        }
    }

    /// What came or went.
    #[must_use]
    pub const fn asset(&self) -> &String {
        match self {
            Self::Deposited { asset, .. }
            | Self::Withdrawn { asset, .. }
            | Self::FundingPaid { asset, .. } => asset,
        }
    }

    /// The position that funding is for.
    #[must_use]
    pub fn position_key(&self, account: Uuid) -> Option<PositionKey> {
        match self {
            Self::FundingPaid { bot, symbol, .. } => {
                Some(PositionKey { account, bot: *bot, symbol: symbol.clone(), mode: Mode::Margin })
            }
            _ => None,
        }
    }

    /// Checks it; `latest` is the latest position of [`Self::position_key`], open or closed.
    ///
    /// # Errors
    /// A [`Refusal`] where the amount is not above zero, or funding has no position in that asset.
    pub fn check(&self, latest: Option<&Position>) -> Result<(), Refusal> {
        match self {
            Self::Deposited { asset, amount, .. } | Self::Withdrawn { asset, amount, .. } => {
                check_amount("amount", asset, *amount)?;
                if *amount <= Amount::ZERO {
                    return Err(Refusal::NotPositive { field: "amount", value: *amount });
                }
            }
            Self::FundingPaid { symbol, asset, amount, .. } => {
                check_amount("amount", asset, *amount)?;
                let Some(position) = latest else {
                    return Err(Refusal::NoPosition { symbol: symbol.clone() });
                };
                if position.quote != *asset {
                    let (asset, quote) = (asset.clone(), position.quote.clone());
                    return Err(Refusal::FundingAsset { asset, quote });
                }
            }
        }
        Ok(())
    }
}
