//! What the ledger refuses, in Binance's codes and words.

use app::ledger::LedgerError;
use app::trading::TradingError;
use domain::ledger::Refusal as Rule;

use crate::market::compat::binance::error::Refusal;
use crate::problem::Problem;

/// Binance's range of the names of orders.
pub(super) const NAME_RANGE: &str = "^[a-zA-Z0-9-_]{1,36}$";
const BALANCE: &str = "Account has insufficient balance for requested action.";

/// An order that is not taken.
pub(super) fn not_taken(text: &'static str) -> Refusal {
    Refusal::bad(-2010, text)
}

/// An order that the venue rejected, by the code of the event.
pub(super) fn rejected(code: Option<&str>) -> Refusal {
    match code {
        Some("insufficient_funds") => not_taken(BALANCE),
        Some("reduce_only") => not_taken("Order would not reduce the position."),
        code => {
            let why = code.unwrap_or("unknown").to_owned();
            Refusal::bad(-2010, format!("The order was rejected: {why}."))
        }
    }
}

/// Nothing that can be cancelled.
pub(super) fn unknown_order() -> Refusal {
    Refusal::bad(-2011, "Unknown order sent.")
}

/// Nothing that can be shown.
pub(super) fn no_such_order() -> Refusal {
    Refusal::bad(-2013, "Order does not exist.")
}

fn filter(name: &str) -> Refusal {
    Refusal::bad(-1013, format!("Filter failure: {name}"))
}

/// What Binance calls a field of ours.
fn named(field: &str) -> &str {
    match field {
        "quote_quantity" => "quoteOrderQty",
        "limit_price" => "price",
        "stop_price" => "stopPrice",
        "trail" => "trailingDelta",
        field => field,
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Refused(rule) => of_rule(&rule),
            LedgerError::UnknownAccount
            | LedgerError::ArchivedAccount
            | LedgerError::UnknownBot { .. } => {
                not_taken("This action is disabled on this account.")
            }
            LedgerError::NoPrice => Refusal::bad(-1013, "Market is closed."),
            LedgerError::UnknownOrder => no_such_order(),
            LedgerError::KeyReused { .. } => not_taken("Duplicate order sent."),
            LedgerError::Store(error) => Self::of_store(&error),
            error => {
                tracing::error!(%error, "a command of the ledger failed");
                Self::unknown()
            }
        }
    }
}

impl From<TradingError> for Refusal {
    fn from(error: TradingError) -> Self {
        Self::of_gate(&Problem::from(error))
    }
}

fn of_rule(rule: &Rule) -> Refusal {
    match rule {
        Rule::UnknownSymbol { .. } => Refusal::invalid_symbol(),
        Rule::InactiveSymbol { .. } => Refusal::bad(-1013, "Market is closed."),
        Rule::BadClientOrderId { .. } => Refusal::illegal("newClientOrderId", NAME_RANGE),
        Rule::Missing { field, .. } => Refusal::missing(named(field)),
        Rule::Superfluous { field, .. } => Refusal::superfluous(named(field)),
        Rule::NotPositive { field, .. } if field.ends_with("price") => {
            Refusal::bad(-1013, "Invalid price.")
        }
        Rule::NotPositive { .. } => Refusal::bad(-1013, "Invalid quantity."),
        Rule::TooPrecise { field, .. } => Refusal::too_precise(named(field)),
        Rule::TrailTooFar { .. } => filter("TRAILING_DELTA"),
        Rule::OffTick { .. } => filter("PRICE_FILTER"),
        Rule::OffLot { .. } | Rule::BelowMinQuantity { .. } => filter("LOT_SIZE"),
        Rule::BelowMinNotional { .. } | Rule::TooLarge { .. } => filter("NOTIONAL"),
        Rule::InsufficientFunds { .. } => not_taken(BALANCE),
        Rule::WrongState { .. } => unknown_order(),
        other => Refusal::bad(-2010, other.to_string()),
    }
}
