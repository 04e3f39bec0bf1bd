//! Why a command is refused.

use super::Status;
use crate::market::SymbolName;
use crate::number::{Amount, Decimal};
use crate::time::Time;

macro_rules! refusals {
    ($($(#[doc = $doc:literal])* $name:ident $({ $($(#[doc = $field_doc:literal])* $field:ident: $type:ty),* $(,)? })? = $code:literal, $text:literal;)*) => {
        /// Why a command is refused. The names of the fields are the interface's.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[allow(missing_docs, reason = "each field is shown in the message of its variant")]
        pub enum Refusal {
            $($(#[doc = $doc])* #[error($text)] $name $({ $($field: $type),* })?,)*
        }

        impl Refusal {
            /// What programs know it by; never changes.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $code,)*
                }
            }

            /// Every code, for documents.
            pub const CODES: &'static [&'static str] = &[$($code),*];
        }
    };
}

refusals! {
    /// Other systems take no other.
    BadClientOrderId { value: String } = "bad_client_order_id",
        "client_order_id `{value}` is not 1 to 64 letters, digits and `_.:/-`";
    /// It would name nothing.
    BadTradeId { value: String } = "bad_trade_id", "venue_trade_id `{value}` is empty or longer than 128 bytes";
    /// No balance could have that name.
    BadAsset { field: &'static str, value: String } = "bad_asset",
        "{field}: `{value}` is not an asset's name of 1 to 32 visible ASCII characters";
    /// It would be another asset than the one that is traded.
    AssetCase { value: String, known: String } = "asset_case", "`{value}` is traded nowhere; {known} is";
    /// Nobody knows its rules.
    UnknownSymbol { symbol: SymbolName } = "unknown_symbol", "symbol {symbol} is not known";
    /// The venue doesn't trade it now.
    InactiveSymbol { symbol: SymbolName } = "inactive_symbol", "symbol {symbol} is not traded now";
    /// Rules of something else were looked at.
    OtherSymbol { symbol: SymbolName, rules: String } = "other_symbol",
        "symbol is {symbol}, the rules are those of {rules}";
    /// The kind can't do without.
    Missing { field: &'static str, kind: &'static str } = "missing_field", "{field} is missing; {kind} needs it";
    /// The kind does nothing with it.
    Superfluous { field: &'static str, kind: &'static str } = "superfluous_field",
        "{field} is given; {kind} has none";
    /// Zero or less.
    NotPositive { field: &'static str, value: Amount } = "not_positive", "{field} is {value}, not above 0";
    /// Sums could not hold it.
    TooLarge { field: &'static str, value: Amount, most: Amount } = "too_large",
        "{field} is {value}, not below {most}";
    /// It could not be held.
    TooPrecise { field: &'static str, value: Decimal } = "too_precise",
        "{field} is {value}, which has more than 28 digits or more than 18 after the point";
    /// A percentage that leaves no price.
    TrailTooFar { value: Decimal } = "trail_too_far", "trail is {value} percent, not below 100";
    /// The venue has no such price.
    OffTick { field: &'static str, value: Decimal, tick: Decimal } = "price_off_tick",
        "{field} is {value}, not a multiple of the tick size {tick}";
    /// The venue has no such quantity.
    OffLot { field: &'static str, value: Decimal, lot: Decimal } = "quantity_off_lot",
        "{field} is {value}, not a multiple of the lot size {lot}";
    /// The venue takes no less.
    BelowMinQuantity { value: Decimal, least: Decimal } = "below_min_quantity",
        "quantity is {value}, below the least of {least}";
    /// The venue takes no less.
    BelowMinNotional { value: Amount, least: Decimal } = "below_min_notional",
        "price × quantity is {value}, below the least of {least}";
    /// A loan of less than nothing.
    BadLeverage { value: Decimal } = "bad_leverage", "leverage is {value}, below 1";
    /// Spot is paid whole.
    SpotLeverage { value: Decimal } = "spot_leverage", "leverage is {value}; a spot order has 1";
    /// It would open or turn a position, or make it larger.
    NotReducing { quantity: Amount, position: Amount } = "reduce_only",
        "quantity is {quantity} and reduce_only; the position is {position}";
    /// The order can't do that any more, or not yet.
    WrongState { command: &'static str, status: Status } = "wrong_state", "{command}: the order is {status}";
    /// Only what waits for a price hits it, and once.
    NotWaiting { kind: &'static str } = "not_waiting", "the {kind} order doesn't wait for a price, or did";
    /// The venue gave it another id before.
    OtherVenueOrder { told: String, known: String } = "other_venue_order",
        "venue_order_id is {told}; the order is {known} at the venue";
    /// Nothing would change.
    EmptyAmendment = "empty_amendment", "amended: neither quantity nor limit_price nor stop_price is given";
    /// So much was traded already.
    BelowFilled { value: Decimal, filled: Amount } = "below_filled",
        "quantity is {value}, not above the {filled} that are filled";
    /// More than was ordered.
    OverFill { field: &'static str, value: Amount, left: Amount } = "over_fill",
        "{field} of the fill is {value}; the order has {left} left";
    /// The same trade was something else before.
    FillDiffers { venue_trade_id: String } = "fill_differs",
        "venue_trade_id {venue_trade_id} is known with other content";
    /// The sum is wrong.
    QuoteDiffers { told: Amount, product: Amount } = "quote_differs",
        "quote of the fill is {told}; price × quantity is {product}";
    /// Base is traded in 18 digits after the point.
    FeeTooPrecise { value: Amount } = "fee_too_precise",
        "fees: {value} in base has more than 18 digits after the point";
    /// Nothing of the trade would be left.
    FeeTakesAll { fee: Amount, quantity: Amount } = "fee_takes_all",
        "fees are {fee} in base; the quantity of the fill is {quantity}";
    /// The account doesn't have it.
    InsufficientFunds { asset: String, amount: Amount, available: Amount } = "insufficient_funds",
        "amount is {amount} {asset}; available are {available}";
    /// More than is held back.
    NotReserved { asset: String, amount: Amount, reserved: Amount } = "not_reserved",
        "amount is {amount} {asset}; reserved are {reserved}";
    /// It belongs to no position.
    NoPosition { symbol: SymbolName } = "no_position", "funding: there never was a margin position in {symbol}";
    /// It can't have happened yet, however wrong a clock is.
    InFuture { time: Time, now: Time } = "time_in_future", "time is {time}; it is {now} now";
    /// Funding is paid in what profit is paid in.
    FundingAsset { asset: String, quote: String } = "funding_asset",
        "asset of the funding is {asset}; the position is settled in {quote}";
}
