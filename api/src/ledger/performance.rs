//! `GET /v1/ledger/performance`: how well something traded.

use std::collections::BTreeMap;

use app::ledger::reports::{self, GroupBy, PerformanceQuery};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Amount;
use serde::Serialize;
use store::ledger::curves::{ClosedQuery, Scope};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::list::Books;
use super::orders::number;
use super::{currency_of, direction_of, result_of, symbol_of, text_of};
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

pub(super) const PARAMETERS: &[&str] = &[
    "account",
    "bot",
    "symbol",
    "strategy",
    "interval",
    "entry_logic",
    "exit_logic",
    "exit_reason",
    "direction",
    "result",
    "from",
    "to",
    "currency",
    "group_by",
    "starting_balance",
];

/// Of which trades, and how they are put together.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct PerformanceParams {
    /// Of this venue account only.
    account: Option<Uuid>,
    /// Of this bot only.
    bot: Option<Uuid>,
    /// In this symbol only.
    #[param(example = "binance:BTCUSDT")]
    symbol: Option<String>,
    /// Of this strategy only.
    #[param(example = "cross")]
    strategy: Option<String>,
    /// Of this interval only.
    #[param(example = "5m")]
    interval: Option<String>,
    /// Opened by this rule only.
    entry_logic: Option<String>,
    /// Closed by this rule only.
    exit_logic: Option<String>,
    /// Closed for this reason only.
    #[param(example = "stop_loss")]
    exit_reason: Option<String>,
    /// long or short only.
    #[param(example = "long")]
    direction: Option<String>,
    /// profit or loss, by net_pnl: those only.
    #[param(example = "loss")]
    result: Option<String>,
    /// Closed from this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Closed before this time (exclusive).
    to: Option<String>,
    /// In what money is counted; without it the quote of the trades where all have the same, else USDT.
    #[param(example = "USDT")]
    currency: Option<String>,
    /// bot, symbol, interval, entry_logic, exit_logic, strategy, exit_reason or direction; without it all are one group.
    #[param(example = "symbol")]
    group_by: Option<String>,
    /// What there was before the first trade, in the currency; without it what came into the accounts from outside, less what
    /// went there, until the end.
    #[param(example = "1000")]
    starting_balance: Option<String>,
}

/// How well something traded.
#[derive(Serialize, ToSchema)]
pub(crate) struct Performance {
    /// In what money is counted.
    currency: String,
    /// The beginning: as asked for, else the first entry.
    #[schema(required, format = DateTime)]
    from: Option<String>,
    /// The end: as asked for, else the last exit.
    #[schema(required, format = DateTime)]
    to: Option<String>,
    /// What there was before the first trade; metrics of the account are measured by it, and null without it.
    #[schema(format = "decimal")]
    starting_balance: String,
    /// One for each value that trades have of `group_by`, the most profitable first.
    groups: Vec<PerformanceGroup>,
    /// Trades that are in no group, because no stored price says what their profit was worth.
    unconverted: Vec<Unconverted>,
}

/// Closed trades that have something in common.
#[derive(Serialize, ToSchema)]
pub(crate) struct PerformanceGroup {
    /// What they have in common: `group_by` and its value; null without `group_by`.
    #[schema(required, value_type = Option<BTreeMap<String, Option<String>>>)]
    key: Option<BTreeMap<&'static str, Option<String>>>,
    /// How many.
    trades: u64,
    /// Those that won.
    wins: u64,
    /// Those that lost.
    losses: u64,
    /// Those that did neither.
    draws: u64,
    /// wins / trades.
    #[schema(required)]
    win_rate: Option<f64>,
    /// Profit before fees and funding.
    #[schema(format = "decimal")]
    gross_pnl: String,
    /// gross_pnl − commission + funding.
    #[schema(format = "decimal")]
    net_pnl: String,
    /// Fees in quote and base.
    #[schema(format = "decimal")]
    commission: String,
    /// Funding received, less what was paid.
    #[schema(format = "decimal")]
    funding: String,
    /// Fees in other assets, by asset; not in net_pnl.
    #[schema(value_type = BTreeMap<String, String>)]
    other_fees: BTreeMap<String, String>,
    /// By whose definition, then by name.
    metrics: MetricsBody,
}

/// Metrics by whose definition they follow: docs/metrics.md says what each is. Null is no number.
#[derive(Serialize, ToSchema)]
pub(crate) struct MetricsBody {
    /// Of the closed trades.
    freqtrade: BTreeMap<&'static str, Option<f64>>,
    /// Of the returns of days (UTC, 365 a year) by the balance after closed trades.
    empyrical: BTreeMap<&'static str, Option<f64>>,
}

/// Trades of which the profit is not known in the currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct Unconverted {
    /// venue:CODE.
    symbol: String,
    /// What their profit is in.
    quote: String,
    /// How many.
    trades: u64,
    /// Their profit, in quote.
    #[schema(format = "decimal")]
    net_pnl: String,
}

/// How well something traded
///
/// Of closed trades. Profit in other currencies is converted by the last hourly close stored before the exit, at most
/// two days old.
#[utoipa::path(
    get,
    path = "/v1/ledger/performance",
    tag = "ledger",
    operation_id = "get_performance",
    params(PerformanceParams),
    responses(
        (status = 200, description = "The figures", body = Performance),
        (status = 400, description = "invalid_request, invalid_symbol, invalid_direction, invalid_result, invalid_time, invalid_range, invalid_grouping, invalid_currency, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account or unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_much_history: more trades than are put together at a time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_performance(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
) -> Result<Json<Performance>, Problem> {
    Ok(Json(tell(state.books(), user, &Params::read(&uri, PARAMETERS)?).await?))
}

/// How well somebody traded.
pub(super) async fn tell(
    books: Books<'_>,
    user: Uuid,
    params: &Params,
) -> Result<Performance, Problem> {
    Ok(books.reports.performance(&read(params, user)?).await?.into())
}

fn read(params: &Params, user: Uuid) -> Result<PerformanceQuery, Problem> {
    let text = |name| text_of(params, name);
    let trades = ClosedQuery {
        scope: Scope { accounts: vec![], bot: number(params, "bot")? },
        symbol: symbol_of(params)?,
        strategy: text("strategy"),
        interval: text("interval"),
        entry_logic: text("entry_logic"),
        exit_logic: text("exit_logic"),
        exit_reason: text("exit_reason"),
        direction: direction_of(params)?,
        result: result_of(params)?,
        from: params.time("from")?,
        to: params.time("to")?,
        limit: 0,
        group_by: None,
    };
    if let Some((from, to)) = trades.from.zip(trades.to).filter(|(from, to)| from > to) {
        let detail = format!("from {from} is after to {to}");
        return Err(Problem::new(Code::InvalidRange, detail).about("from"));
    }
    Ok(PerformanceQuery {
        user,
        account: number(params, "account")?,
        trades,
        currency: currency_of(params, "currency")?,
        group_by: params.parsed("group_by", Code::InvalidGrouping, |text| {
            let known = GroupBy::ALL.into_iter().find(|by| by.as_str() == text);
            let names = GroupBy::ALL.map(GroupBy::as_str).join(", ");
            known.ok_or_else(|| format!("{text:?} is none of {names}"))
        })?,
        starting_balance: params.parsed("starting_balance", Code::InvalidRequest, |text| {
            text.parse::<Amount>().map_err(|error| error.to_string())
        })?,
    })
}

impl From<reports::Performance> for Performance {
    fn from(told: reports::Performance) -> Self {
        let unconverted = told.unconverted.into_iter().map(|row| Unconverted {
            symbol: row.symbol,
            quote: row.quote,
            trades: row.trades,
            net_pnl: row.net.to_string(),
        });
        Self {
            currency: told.currency,
            from: told.from.map(|time| time.to_string()),
            to: told.to.map(|time| time.to_string()),
            starting_balance: told.starting_balance.to_string(),
            groups: told.groups.into_iter().map(PerformanceGroup::from).collect(),
            unconverted: unconverted.collect(),
        }
    }
}

impl From<reports::Group> for PerformanceGroup {
    fn from(group: reports::Group) -> Self {
        let of = |program: &str| {
            let list = group.metrics.list().iter().copied();
            list.filter(|(name, _)| name.contains(program)).collect()
        };
        let metrics = MetricsBody { freqtrade: of("_freqtrade"), empyrical: of("_empyrical") };
        Self {
            key: group.key.map(|(by, value)| BTreeMap::from([(by.as_str(), value)])),
            trades: group.trades,
            wins: group.wins,
            losses: group.losses,
            draws: group.trades - group.wins - group.losses,
            win_rate: (group.trades > 0).then(|| group.wins as f64 / group.trades as f64),
            gross_pnl: group.gross.to_string(),
            net_pnl: group.net.to_string(),
            commission: group.commission.to_string(),
            funding: group.funding.to_string(),
            other_fees: group
                .other_fees
                .into_iter()
                .map(|(asset, fee)| (asset, fee.to_string()))
                .collect(),
            metrics,
        }
    }
}
