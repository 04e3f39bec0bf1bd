//! `/v1/ledger`: orders, and what becomes of them.

pub(crate) mod accounts;
pub(crate) mod curves;
pub(crate) mod entries;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod fills;
pub(crate) mod history;
pub(crate) mod imports;
pub(crate) mod list;
mod model;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod performance;
pub(crate) mod portfolio;
pub(crate) mod positions;
pub(crate) mod trips;

use app::ledger::LedgerError;
use axum::http::{HeaderMap, HeaderName};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::params::Params;
use crate::problem::{Code, Problem};
use crate::state::ApiState;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST_KEY: usize = 100;

/// What of `/v1/ledger` is answered.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(orders::place_order, orders::list_orders))
        .routes(routes!(order::get_order, order::amend_order, order::cancel_order))
        .routes(routes!(order::report_order))
        .routes(routes!(fills::report_fill, fills::list_fills))
        .routes(routes!(events::list_order_events))
        .routes(routes!(accounts::report_entry))
        .routes(routes!(positions::list_positions))
        .routes(routes!(trips::list_trades))
        .routes(routes!(accounts::list_balances))
        .routes(routes!(imports::list_imports))
        .routes(routes!(imports::get_import))
        .routes(routes!(history::list_own_fills))
        .routes(routes!(entries::list_entries))
        .routes(routes!(performance::get_performance))
        .routes(routes!(curves::get_equity))
        .routes(routes!(curves::list_snapshots))
        .routes(routes!(portfolio::get_portfolio))
        .routes(routes!(explain::explain_period))
        .routes(routes!(explain::explain_position))
}

/// The key under which a command is asked once, where the caller gave one.
fn key_of(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    checked_key(key.to_str().unwrap_or_default()).map(Some)
}

fn checked_key(key: &str) -> Result<&str, Problem> {
    if (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(key);
    }
    let detail = format!("a key has 1 to {LONGEST_KEY} visible ASCII characters");
    Err(Problem::new(Code::InvalidRequest, detail).about("Idempotency-Key"))
}

/// The currency of an answer, or the asset that is asked for.
fn currency_of(params: &Params, name: &'static str) -> Result<Option<String>, Problem> {
    params.parsed(name, Code::InvalidCurrency, |text| {
        let name = (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        name.then(|| text.to_owned()).ok_or_else(|| format!("{text:?} is no asset's name"))
    })
}

/// Buys or sells alone, where that is asked for.
fn side_of(params: &Params) -> Result<Option<&'static str>, Problem> {
    one_of(params, "side", Code::InvalidSide, &["buy", "sell"])
}

/// Long or short ones alone, where that is asked for.
fn direction_of(params: &Params) -> Result<Option<&'static str>, Problem> {
    one_of(params, "direction", Code::InvalidDirection, &["long", "short"])
}

/// Those that won or those that lost alone, where that is asked for.
fn result_of(params: &Params) -> Result<Option<&'static str>, Problem> {
    one_of(params, "result", Code::InvalidResult, &["profit", "loss"])
}

/// One of these words.
fn one_of(
    params: &Params,
    name: &'static str,
    code: Code,
    known: &[&'static str],
) -> Result<Option<&'static str>, Problem> {
    params.parsed(name, code, |text| {
        let found = known.iter().copied().find(|known| *known == text);
        found.ok_or_else(|| match known {
            [one, other] => format!("{text:?} is neither {one} nor {other}"),
            known => format!("{text:?} is none of {}", known.join(", ")),
        })
    })
}

/// A parameter's text as rows have it.
fn text_of(params: &Params, name: &str) -> Option<String> {
    params.text(name).map(str::to_owned)
}

/// A symbol's name as rows have it.
fn symbol_of(params: &Params) -> Result<Option<String>, Problem> {
    let symbol = params.text("symbol").map(crate::params::symbol).transpose()?;
    Ok(symbol.map(|name| name.to_string()))
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        let code = match &error {
            LedgerError::Refused(refusal) => Code::from(refusal),
            LedgerError::UnknownAccount => Code::UnknownAccount,
            LedgerError::ArchivedAccount => Code::AccountArchived,
            LedgerError::UnknownBot { .. } => Code::UnknownBot,
            LedgerError::UnknownOrder => Code::UnknownOrder,
            LedgerError::UnknownImport => Code::UnknownImport,
            LedgerError::VenueTells => Code::VenueTells,
            LedgerError::NoSuchBot => Code::UnknownBot,
            LedgerError::UnknownPosition => Code::UnknownPosition,
            LedgerError::TooMuchHistory { .. } => Code::TooMuchHistory,
            LedgerError::InvalidRange(_) => Code::InvalidRange,
            LedgerError::UnknownCurrency(_) => Code::InvalidCurrency,
            LedgerError::Prices(_) => match error {
                LedgerError::Prices(error) => return error.into(),
                _ => return Self::internal(),
            },
            LedgerError::KeyReused { .. } => Code::KeyReused,
            LedgerError::Store(_) => match error {
                LedgerError::Store(error) => return error.into(),
                _ => return Self::internal(),
            },
            LedgerError::NoPrice
            | LedgerError::Corrupt(_)
            | LedgerError::Damaged { .. }
            | LedgerError::Lost => {
                tracing::error!(%error, "a command of the ledger failed");
                return Self::internal();
            }
        };
        Self::new(code, error.to_string())
    }
}
