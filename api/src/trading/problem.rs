//! What is wrong about accounts, strategies and bots, as problems.

use app::trading::{Thing, TradingError};
use domain::trading::TradingRule;

use crate::problem::{Code, Problem};

impl From<TradingError> for Problem {
    fn from(error: TradingError) -> Self {
        let code = match error {
            TradingError::Store(error) => return error.into(),
            TradingError::Accounts(error) => return error.into(),
            TradingError::Rule(TradingRule::Schema { .. }) => Code::InvalidSchema,
            TradingError::Rule(TradingRule::Config { .. }) => Code::InvalidConfig,
            TradingError::Rule(TradingRule::Alert { .. }) => Code::InvalidTemplate,
            // Those that know more of what was asked for say it by `invalid`.
            TradingError::Rule(_) => Code::InvalidBody,
            TradingError::Unknown(thing) => match thing {
                Thing::Account => Code::UnknownAccount,
                Thing::Strategy => Code::UnknownStrategy,
                Thing::Version => Code::UnknownVersion,
                Thing::Template => Code::UnknownTemplate,
                Thing::Bot => Code::UnknownBot,
                Thing::SigningKey => Code::UnknownKey,
                Thing::Webhook => Code::UnknownWebhook,
                Thing::Alert => Code::UnknownAlert,
            },
            TradingError::Taken(..) => Code::NameTaken,
            TradingError::TooMany(..) => Code::TooMany,
            TradingError::Archived => Code::AccountArchived,
            TradingError::NotPaper => Code::AccountNotPaper,
            TradingError::InUse | TradingError::OpenOrders => Code::AccountInUse,
            TradingError::Active(_) => Code::BotRunning,
            TradingError::Stopped => Code::BotStopped,
            TradingError::HasOrders => Code::BotHasOrders,
        };
        let problem = Self::new(code, error.to_string());
        match &error {
            TradingError::Rule(rule) => problem.about(rule.field()),
            TradingError::Taken(..) => problem.about("name"),
            _ => problem,
        }
    }
}

/// A problem with the code of what was asked for, where a rule of it was broken that has none of its own.
pub(super) fn invalid(code: Code) -> impl Fn(TradingError) -> Problem {
    move |error| {
        let mut problem = Problem::from(error);
        if problem.code == Code::InvalidBody {
            problem.code = code;
        }
        problem
    }
}

/// A name that is not one of those that there are.
pub(super) fn named<T: Copy + 'static>(
    field: &'static str,
    given: &str,
    parse: impl Fn(&str) -> Option<T>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<T, TradingError> {
    parse(given).ok_or_else(|| {
        let known = all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
        let given = given.chars().take(60).collect();
        TradingRule::Unknown { field, given, known }.into()
    })
}
