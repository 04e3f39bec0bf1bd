//! Errors as RFC 9457 problems. A code is stable: programs tell errors apart by it; the other
//! texts are for people and may change.

use std::borrow::Cow;

use adapters::auth::OidcError;
use adapters::market::files::WriteError;
use app::auth::AccountError;
use app::market::read::ReadError;
use app::market::segments::SegmentError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::auth::Secret;
use serde::{Serialize, Serializer};
use store::StoreError;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// The media type of a problem.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

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
    InvalidKind = "invalid_kind", BAD_REQUEST, "Not a kind of trades";
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

/// An error that goes to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// What kind of error.
    pub(crate) code: Code,
    /// What exactly is wrong and what to do.
    pub(crate) detail: Cow<'static, str>,
    parameter: Option<Cow<'static, str>>,
    /// After how many seconds another try makes sense.
    retry_after: Option<u64>,
    missing: Vec<MissingRange>,
    token: Option<Secret>,
}

/// A range of candles that is not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MissingRange {
    /// Its beginning.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// Its end (exclusive).
    #[schema(format = DateTime)]
    pub(crate) to: String,
    /// Candles that it spans.
    pub(crate) candles: i64,
}

/// An error as RFC 9457 describes it.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Where the code is explained.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", examples("/docs#unknown_symbol"))]
    kind: String,
    /// The code in words.
    #[schema(examples("There is no such symbol"))]
    title: &'a str,
    /// The HTTP status.
    #[schema(examples(404))]
    status: u16,
    /// Tells errors apart; stable.
    code: Code,
    /// What exactly is wrong and what to do.
    detail: &'a str,
    /// The parameter that is wrong, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parameter: Option<&'a str>,
    /// With coverage_too_low: what is missing, earliest first, a hundred ranges at most.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    missing: &'a [MissingRange],
    /// With second_factor_required: what POST /v1/auth/login/second takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    token: Option<&'a str>,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            parameter: None,
            retry_after: None,
            missing: Vec::new(),
            token: None,
        }
    }

    /// Names what is missing.
    pub(crate) fn missing(self, missing: Vec<MissingRange>) -> Self {
        Self { missing, ..self }
    }

    /// Names the parameter that is wrong.
    pub(crate) fn about(self, parameter: impl Into<Cow<'static, str>>) -> Self {
        Self { parameter: Some(parameter.into()), ..self }
    }

    /// What a client is told of an error inside; the log says more.
    pub(crate) fn internal() -> Self {
        Self::new(Code::Internal, "the server's log says more under this request's id")
    }

    /// The problem that an answer with only a status stands for.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::UNAUTHORIZED => Code::Unauthorized,
            StatusCode::NOT_FOUND => Code::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
            StatusCode::NOT_ACCEPTABLE => Code::NotAcceptable,
            StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
            StatusCode::UPGRADE_REQUIRED => Code::UpgradeRequired,
            status if status.is_client_error() => Code::InvalidRequest,
            _ => return Self::internal(),
        };
        Self::new(code, code.title())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = ProblemBody {
            kind: format!("/docs#{}", self.code.as_str()),
            title: self.code.title(),
            status: status.as_u16(),
            code: self.code,
            detail: &self.detail,
            parameter: self.parameter.as_deref(),
            missing: &self.missing,
            token: self.token.as_ref().map(Secret::reveal),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let unavailable = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        if let Some(seconds) = self.retry_after.or(unavailable) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            tracing::warn!(%error, "the database can't be reached");
            return Self::new(
                Code::DatabaseUnavailable,
                "the database can't be reached; try again soon",
            );
        }
        tracing::error!(%error, "a request failed");
        Self::internal()
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let (code, parameter) = match error {
            ReadError::Store(error) => return error.into(),
            ReadError::Shared(ref error) => {
                tracing::error!(%error, "a request failed with one like it");
                return Self::internal();
            }
            ReadError::Segment(error) => return error.into(),
            ReadError::UnknownSymbol(_) => (Code::UnknownSymbol, "symbol"),
            ReadError::InvalidCursor => (Code::InvalidCursor, "cursor"),
            ReadError::InvalidRange { .. } => (Code::InvalidRange, "from"),
        };
        Self::new(code, error.to_string()).about(parameter)
    }
}

impl From<SegmentError> for Problem {
    fn from(error: SegmentError) -> Self {
        let code = match &error {
            SegmentError::Store(_) => return Self::internal(),
            SegmentError::Unavailable { .. } => Code::SegmentUnavailable,
            _ => Code::SegmentDamaged,
        };
        tracing::error!(%error, "sealed rows can't be read");
        Self::new(code, format!("{error}; a range without it can be read"))
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let code = match error {
            AccountError::Store(error) => return error.into(),
            AccountError::Refused => Code::LoginRefused,
            AccountError::Locked(_) => Code::LoginLocked,
            AccountError::SecondFactor(token) => {
                let problem = Self::new(
                    Code::SecondFactorRequired,
                    "send a code: POST /v1/auth/login/second",
                );
                return Self { token: Some(token), ..problem };
            }
            AccountError::SecondFactorOn => Code::SecondFactorOn,
            AccountError::SecondFactorOff => Code::SecondFactorOff,
            AccountError::UnknownUser(_) => Code::UnknownUser,
            AccountError::UnknownSession => Code::UnknownSession,
            AccountError::InvalidCode => Code::SpentOrWrong,
            AccountError::NoMail => Code::NoMail,
            AccountError::SetUp => Code::SetUpAlready,
            AccountError::UnknownKey => Code::UnknownKey,
            AccountError::TooManyKeys(_) => Code::TooManyKeys,
            AccountError::UnknownProvider(_) => Code::UnknownProvider,
            AccountError::LoginExpired => Code::LoginExpired,
            AccountError::Next => Code::InvalidNext,
            AccountError::IdentityTaken => Code::IdentityTaken,
            AccountError::NoPassword => Code::NoPassword,
            AccountError::Provider(ref error) => {
                tracing::warn!(%error, "a login at a provider failed");
                match error {
                    OidcError::Away(..) => Code::ProviderUnavailable,
                    OidcError::Unbelievable(..) => Code::ProviderUnbelievable,
                    OidcError::Refused(_) => Code::LoginRefused,
                }
            }
            AccountError::TokenScope(_) => Code::InvalidScope,
            AccountError::ApiKey(_) => Code::InvalidKey,
            AccountError::UnknownWatchlist => Code::UnknownWatchlist,
            AccountError::TooManyWatchlists(_) => Code::TooManyWatchlists,
            AccountError::WatchlistTaken(_) => Code::WatchlistTaken,
            AccountError::Watchlist(error) => {
                return Self::new(Code::InvalidWatchlist, error.to_string()).about(error.field());
            }
            AccountError::Notifications(error) => {
                return Self::new(Code::InvalidPreference, error.to_string())
                    .about("notifications");
            }
            AccountError::EmailTaken(_) => Code::EmailTaken,
            AccountError::LastAdmin => Code::LastAdmin,
            AccountError::Email(_) => Code::InvalidEmail,
            AccountError::Password(_) => Code::InvalidPassword,
            // It names the place, which is nobody's business but the log's.
            AccountError::SessionsUnavailable(error) => {
                tracing::warn!(%error, "nobody can be let in");
                let detail = "it can't be told now who is logged in; try again soon";
                return Self::new(Code::SessionsUnavailable, detail);
            }
            AccountError::Hash(_)
            | AccountError::NoKeys
            | AccountError::FieldKeys(_)
            | AccountError::Key(_) => {
                tracing::error!(%error, "a request failed");
                return Self::internal();
            }
        };
        let retry_after = match &error {
            AccountError::Locked(wait) => Some(wait.as_secs().max(1)),
            _ => None,
        };
        Self { retry_after, ..Self::new(code, error.to_string()) }
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        tracing::error!(%error, "rows can't be encoded");
        Self::internal()
    }
}
