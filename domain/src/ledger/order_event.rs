//! What happens to an order. These are kept for ever: a name or field here never changes.

use serde::{Deserialize, Serialize};

use super::{Fill, Terms};
use crate::number::{Amount, Decimal};
use crate::text;

/// An event of an order's stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OrderEvent {
    /// The order is written down. Always the first.
    Placed {
        /// What is wanted.
        terms: Box<Terms>,
        /// The asset that is traded.
        base: String,
        /// The asset that it is paid with.
        quote: String,
    },
    /// So much is held back for it.
    Reserved {
        /// Of which asset.
        asset: String,
        /// How much.
        amount: Amount,
    },
    /// It goes to the venue; written before it is sent.
    Submitted {},
    /// The venue has it.
    Accepted {
        /// The venue's id of it.
        venue_order_id: String,
    },
    /// The venue doesn't take it.
    Rejected {
        /// The venue's code.
        code: String,
        /// The venue's words.
        reason: String,
    },
    /// The price that it waits for was hit.
    Triggered {},
    /// It is changed at the venue; what is null stays.
    Amended {
        /// The new quantity, with what is filled.
        #[serde(with = "text::decimal_option")]
        quantity: Option<Decimal>,
        /// The new limit price.
        #[serde(with = "text::decimal_option")]
        limit_price: Option<Decimal>,
        /// The new stop price.
        #[serde(with = "text::decimal_option")]
        stop_price: Option<Decimal>,
    },
    /// The venue is asked to give it up.
    CancelRequested {},
    /// It is given up.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// Its time is over.
    Expired {},
    /// It was traded.
    Filled {
        /// The trade.
        fill: Fill,
    },
    /// The venue will trade no more of a market buy by amount: what is left of the amount buys no lot.
    Completed {},
    /// So much is held back no longer.
    Released {
        /// Of which asset.
        asset: String,
        /// How much.
        amount: Amount,
    },
}

impl OrderEvent {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Placed { .. } => "placed",
            Self::Reserved { .. } => "reserved",
            Self::Submitted {} => "submitted",
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Triggered {} => "triggered",
            Self::Amended { .. } => "amended",
            Self::CancelRequested {} => "cancel_requested",
            Self::Cancelled { .. } => "cancelled",
            Self::Expired {} => "expired",
            Self::Filled { .. } => "filled",
            Self::Completed {} => "completed",
            Self::Released { .. } => "released",
        }
    }
}
