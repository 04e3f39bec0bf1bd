//! The codes of problems. A code is stable: programs tell errors apart by it.

use std::borrow::Cow;

use axum::http::StatusCode;
use domain::ledger::Refusal;
use serde::{Serialize, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! codes {
    ($($name:ident = $code:literal, $status:ident, $title:literal;)*) => {
        /// Tells errors apart; stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// All of them, as the documentation lists them.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// Its text.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status it comes with.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What it means, in words.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    UnknownSymbol = "unknown_symbol", NOT_FOUND, "There is no such symbol";
    InvalidSymbol = "invalid_symbol", BAD_REQUEST, "Not a symbol's name";
    InvalidInterval = "invalid_interval", BAD_REQUEST, "Not an interval";
    InvalidTime = "invalid_time", BAD_REQUEST, "Not a time";
    InvalidRange = "invalid_range", BAD_REQUEST, "The range ends before it begins";
    InvalidLimit = "invalid_limit", BAD_REQUEST, "The limit is not a number within its bounds";
    InvalidOrder = "invalid_order", BAD_REQUEST, "Neither asc nor desc";
    InvalidCursor = "invalid_cursor", BAD_REQUEST, "The cursor belongs to another request";
    InvalidKind = "invalid_kind", BAD_REQUEST, "Not a kind of what is asked for";
    InvalidOrigin = "invalid_origin", BAD_REQUEST, "Not an origin of candles";
    InvalidRank = "invalid_rank", BAD_REQUEST, "Not a figure to rank by";
    InvalidTopic = "invalid_topic", BAD_REQUEST, "Not a topic of the stream";
    InvalidMessage = "invalid_message", BAD_REQUEST, "Not a message of the stream";
    InvalidRequest = "invalid_request", BAD_REQUEST, "The request can't be understood";
    MissingParameter = "missing_parameter", BAD_REQUEST, "A parameter is missing";
    UnknownParameter = "unknown_parameter", BAD_REQUEST, "There is no such parameter";
    RepeatedParameter = "repeated_parameter", BAD_REQUEST, "A parameter is given twice";
    TooManyTopics = "too_many_topics", BAD_REQUEST, "Too many topics on one connection";
    Unauthorized = "unauthorized", UNAUTHORIZED, "The request needs a login or a token";
    LoginRefused = "login_refused", UNAUTHORIZED, "The address or the password is wrong";
    SecondFactorRequired = "second_factor_required", UNAUTHORIZED, "The password was right; a code is to follow";
    SecondFactorOn = "second_factor_on", CONFLICT, "Logins need a second factor already";
    SecondFactorOff = "second_factor_off", CONFLICT, "Logins need no second factor";
    LoginLocked = "login_locked", TOO_MANY_REQUESTS, "Too many logins were refused";
    Forbidden = "forbidden", FORBIDDEN, "The role may not do that";
    InvalidBody = "invalid_body", BAD_REQUEST, "The body is not what is expected";
    InvalidEmail = "invalid_email", BAD_REQUEST, "Not an e-mail address";
    InvalidPassword = "invalid_password", BAD_REQUEST, "Not a password that is taken";
    SpentOrWrong = "invalid_code", BAD_REQUEST, "The code is wrong, used or too old";
    InvalidRole = "invalid_role", BAD_REQUEST, "Not a role";
    InvalidUser = "invalid_user", BAD_REQUEST, "Not a person's number";
    InvalidNetwork = "invalid_network", BAD_REQUEST, "Not an address or network";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many requests";
    UnknownUser = "unknown_user", NOT_FOUND, "There is no such person";
    UnknownSession = "unknown_session", NOT_FOUND, "There is no such session";
    NoMail = "no_mail", CONFLICT, "The server sends no mail";
    SetUpAlready = "set_up_already", CONFLICT, "There is somebody already";
    InvalidKey = "invalid_key", BAD_REQUEST, "Not a key that is made";
    UnknownKey = "unknown_key", NOT_FOUND, "There is no such key";
    UnknownProvider = "unknown_provider", NOT_FOUND, "There is no such provider of logins";
    LoginExpired = "login_expired", BAD_REQUEST, "Nobody waits for this login";
    InvalidNext = "invalid_next", BAD_REQUEST, "Not an address of the page";
    IdentityTaken = "identity_taken", CONFLICT, "Somebody else is known by this identity";
    NoPassword = "no_password", CONFLICT, "There would be no way to log in";
    ProviderUnavailable = "provider_unavailable", SERVICE_UNAVAILABLE, "The provider of logins can't be reached";
    ProviderUnbelievable = "provider_unbelievable", BAD_GATEWAY, "The provider of logins is not to be believed";
    InvalidScope = "invalid_scope", BAD_REQUEST, "Not a scope that a token may have";
    TooManyKeys = "too_many_keys", CONFLICT, "The person has enough keys";
    InvalidPreference = "invalid_preference", BAD_REQUEST, "Not a preference that is kept";
    InvalidWatchlist = "invalid_watchlist", BAD_REQUEST, "Not a watchlist that is kept";
    UnknownWatchlist = "unknown_watchlist", NOT_FOUND, "There is no such watchlist";
    WatchlistTaken = "watchlist_taken", CONFLICT, "Another watchlist has this name";
    TooManyWatchlists = "too_many_watchlists", CONFLICT, "The person has enough watchlists";
    UnknownAccount = "unknown_account", NOT_FOUND, "There is no such venue account";
    InvalidAccount = "invalid_account", BAD_REQUEST, "Not a venue account that is kept";
    AccountArchived = "account_archived", CONFLICT, "Nothing is done on the venue account any more";
    AccountNotPaper = "account_not_paper", CONFLICT, "The venue account is not of kind paper";
    InvalidPaperSettings = "invalid_paper_settings", BAD_REQUEST, "Not a setting of a paper account that is kept";
    VenueTells = "venue_tells", CONFLICT, "What happens to orders of a paper account, the paper venue tells";
    AccountInUse = "account_in_use", CONFLICT, "The venue account is in use";
    UnknownStrategy = "unknown_strategy", NOT_FOUND, "There is no such strategy";
    UnknownVersion = "unknown_version", NOT_FOUND, "There is no such version of a strategy";
    InvalidStrategy = "invalid_strategy", BAD_REQUEST, "Not a strategy, version or template that is kept";
    InvalidSchema = "invalid_schema", BAD_REQUEST, "Not a JSON Schema that can be used";
    UnknownTemplate = "unknown_template", NOT_FOUND, "There is no such template";
    UnknownBot = "unknown_bot", NOT_FOUND, "There is no such bot";
    InvalidBot = "invalid_bot", BAD_REQUEST, "Not a bot that is kept";
    InvalidConfig = "invalid_config", BAD_REQUEST, "The strategy's schema refuses the configuration";
    InvalidHeartbeat = "invalid_heartbeat", BAD_REQUEST, "Not a heartbeat that is kept";
    InvalidStatus = "invalid_status", BAD_REQUEST, "Not a status";
    BotRunning = "bot_running", CONFLICT, "The bot trades by what is to be changed";
    BotStopped = "bot_stopped", CONFLICT, "The bot is not started";
    UnknownPosition = "unknown_position", NOT_FOUND, "There is no such position";
    InvalidGrouping = "invalid_grouping", BAD_REQUEST, "Not something that trades have in common";
    InvalidCurrency = "invalid_currency", BAD_REQUEST, "Not an asset's name";
    InvalidPurse = "invalid_purse", BAD_REQUEST, "Not a purse of the ledger";
    InvalidDirection = "invalid_direction", BAD_REQUEST, "Neither long nor short";
    InvalidResult = "invalid_result", BAD_REQUEST, "Neither profit nor loss";
    InvalidSide = "invalid_side", BAD_REQUEST, "Neither buy nor sell";
    TooMuchHistory = "too_much_history", CONFLICT, "More of the record than is put together at a time";
    BotHasOrders = "bot_has_orders", CONFLICT, "The ledger has orders of the bot";
    InvalidCacheKey = "invalid_cache_key", BAD_REQUEST, "Not a key of a value";
    UnknownCacheKey = "unknown_cache_key", NOT_FOUND, "There is no such value, or its life is over";
    CacheUnavailable = "cache_unavailable", SERVICE_UNAVAILABLE, "The place where values are kept can't be reached";
    UnknownWebhook = "unknown_webhook", NOT_FOUND, "There is no such webhook, or its secret is another one";
    UnknownAlert = "unknown_alert", NOT_FOUND, "There is no such alert";
    InvalidTemplate = "invalid_template", BAD_REQUEST, "Not a template for alerts";
    InvalidAlert = "invalid_alert", BAD_REQUEST, "The alert makes no order";
    WebhookDisabled = "webhook_disabled", CONFLICT, "The webhook takes no alerts now";
    NameTaken = "name_taken", CONFLICT, "Another one of the person has this name";
    TooMany = "too_many", CONFLICT, "The person has enough of them";
    EmailTaken = "email_taken", CONFLICT, "Somebody has this address";
    LastAdmin = "last_admin", CONFLICT, "Nobody would be left who manages people";
    HostNotAllowed = "host_not_allowed", FORBIDDEN, "The server is called by a name that is not its own";
    OriginNotAllowed = "origin_not_allowed", FORBIDDEN, "The page that asks belongs to another server";
    NotFound = "not_found", NOT_FOUND, "There is nothing at this address";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The address doesn't take this method";
    NotAcceptable = "not_acceptable", NOT_ACCEPTABLE, "None of the accepted formats is available";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The request body is too long";
    UpgradeRequired = "upgrade_required", UPGRADE_REQUIRED, "This address is a WebSocket";
    InvalidCoverage = "invalid_coverage", BAD_REQUEST, "Not a share from 0 to 1";
    CoverageTooLow = "coverage_too_low", CONFLICT, "More candles are missing than the request allows";
    Internal = "internal", INTERNAL_SERVER_ERROR, "An error inside the server";
    DatabaseUnavailable = "database_unavailable", SERVICE_UNAVAILABLE, "The database can't be reached";
    SegmentDamaged = "segment_damaged", INTERNAL_SERVER_ERROR, "A file of sealed rows is damaged or missing";
    SegmentUnavailable = "segment_unavailable", SERVICE_UNAVAILABLE, "A file of sealed rows can't be reached";
    SessionsUnavailable = "sessions_unavailable", SERVICE_UNAVAILABLE, "The place where sessions are kept can't be reached";
    TooManyStreams = "too_many_streams", SERVICE_UNAVAILABLE, "All streams are taken";
    Timeout = "timeout", SERVICE_UNAVAILABLE, "The answer took too long";

    // What the rules of trading refuse, see docs/ledger.md.
    BadClientOrderId = "bad_client_order_id", BAD_REQUEST, "Not a client order id";
    BadTradeId = "bad_trade_id", BAD_REQUEST, "Not a venue's trade id";
    BadAsset = "bad_asset", BAD_REQUEST, "Not an asset's name";
    AssetCase = "asset_case", BAD_REQUEST, "The asset is written otherwise";
    InactiveSymbol = "inactive_symbol", CONFLICT, "The symbol is not traded now";
    OtherSymbol = "other_symbol", BAD_REQUEST, "The rules are of another symbol";
    MissingField = "missing_field", BAD_REQUEST, "The kind of order needs another field";
    SuperfluousField = "superfluous_field", BAD_REQUEST, "The kind of order has no such field";
    NotPositive = "not_positive", BAD_REQUEST, "Zero or less";
    TooLarge = "too_large", BAD_REQUEST, "More than can be added up";
    TooPrecise = "too_precise", BAD_REQUEST, "More digits than can be held exactly";
    TrailTooFar = "trail_too_far", BAD_REQUEST, "The trail leaves no price";
    PriceOffTick = "price_off_tick", BAD_REQUEST, "Not a multiple of the tick size";
    QuantityOffLot = "quantity_off_lot", BAD_REQUEST, "Not a multiple of the lot size";
    BelowMinQuantity = "below_min_quantity", BAD_REQUEST, "Less than the venue takes";
    BelowMinNotional = "below_min_notional", BAD_REQUEST, "Worth less than the venue takes";
    BadLeverage = "bad_leverage", BAD_REQUEST, "Leverage below 1";
    SpotLeverage = "spot_leverage", BAD_REQUEST, "A spot order has leverage 1";
    ReduceOnly = "reduce_only", CONFLICT, "It would not make the position smaller";
    WrongState = "wrong_state", CONFLICT, "The order can't do that now";
    NotWaiting = "not_waiting", CONFLICT, "The order doesn't wait for a price";
    OtherVenueOrder = "other_venue_order", CONFLICT, "The venue calls the order otherwise";
    EmptyAmendment = "empty_amendment", BAD_REQUEST, "Nothing would change";
    BelowFilled = "below_filled", CONFLICT, "So much is traded already";
    OverFill = "over_fill", CONFLICT, "More than was ordered";
    FillDiffers = "fill_differs", CONFLICT, "The trade is known with other content";
    QuoteDiffers = "quote_differs", BAD_REQUEST, "Not price × quantity";
    FeeTooPrecise = "fee_too_precise", BAD_REQUEST, "A fee in base of more than 18 digits after the point";
    FeeTakesAll = "fee_takes_all", BAD_REQUEST, "The fee leaves nothing of the trade";
    InsufficientFunds = "insufficient_funds", CONFLICT, "The account doesn't have it";
    NotReserved = "not_reserved", CONFLICT, "More than is held back";
    NoPosition = "no_position", CONFLICT, "There is no such position";
    TimeInFuture = "time_in_future", BAD_REQUEST, "It can't have happened yet";
    FundingAsset = "funding_asset", BAD_REQUEST, "The position is settled in another asset";
    UnknownOrder = "unknown_order", NOT_FOUND, "There is no such order";
    UnknownImport = "unknown_import", NOT_FOUND, "There is no such import";
    KeyReused = "key_reused", CONFLICT, "Something else was asked under this key";
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("Tells errors apart; stable."))
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        "ProblemCode".into()
    }
}

impl From<&Refusal> for Code {
    /// A refusal's code is its own.
    fn from(refusal: &Refusal) -> Self {
        let own = Self::ALL.iter().find(|code| code.as_str() == refusal.code());
        own.copied().unwrap_or(Self::InvalidRequest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_its_code() {
        for refusal in Refusal::CODES {
            assert!(Code::ALL.iter().any(|code| code.as_str() == *refusal), "{refusal}");
        }
    }
}
