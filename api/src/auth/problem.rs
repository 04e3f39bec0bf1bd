//! What is wrong about accounts, as problems.

use adapters::auth::OidcError;
use app::auth::AccountError;

use crate::problem::{Code, Problem};

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
                return problem.with_token(token);
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
        Self::new(code, error.to_string()).retry_after(retry_after)
    }
}
