//! What a record can't hold, however it came to be there.

use uuid::Uuid;

use super::Refusal;

/// Why stored events make no sense: somebody changed them, or they were written past the rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    /// An order's stream begins with something else, or an event is of an order that isn't there.
    #[error("order {order}: `{event}` comes before `placed`")]
    NotPlaced {
        /// The order.
        order: Uuid,
        /// The event.
        event: &'static str,
    },
    /// It is there already.
    #[error("order {order}: `{event}` happens a second time")]
    Twice {
        /// The order.
        order: Uuid,
        /// The event.
        event: &'static str,
    },
    /// It can't have happened to the order.
    #[error("order {order}: {refusal}")]
    Illegal {
        /// The order.
        order: Uuid,
        /// Which rule it breaks.
        refusal: Box<Refusal>,
    },
    /// It can't have happened to the account.
    #[error("account {account}: {refusal}")]
    IllegalForAccount {
        /// The account.
        account: Uuid,
        /// Which rule it breaks.
        refusal: Box<Refusal>,
    },
    /// A sum is past 5 × 10^40, or a product has more than 36 digits after the point.
    #[error("{what} can't be held exactly")]
    Inexact {
        /// Which figure.
        what: &'static str,
    },
    /// Money came from nowhere.
    #[error("postings of account {account} in {asset} add up to {sum}, not to 0")]
    Unbalanced {
        /// The account.
        account: Uuid,
        /// The asset.
        asset: String,
        /// What they add up to.
        sum: crate::Amount,
    },
}
