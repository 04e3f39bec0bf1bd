//! `GET /v1/ledger/equity` and `GET /v1/ledger/snapshots`: what accounts and bots were worth over time.

use adapters::ledger::table::Column;
use app::ledger::reports::{CurveQuery, DEFAULT_CURRENCY, Point, Step};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Serialize;
use store::ledger::snapshots::{Snapshot, SnapshotQuery};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::orders::number;
use super::{currency_of, list};
use crate::accept::Format;
use crate::auth::caller::Owner;
use crate::market::model::Binary;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const EQUITY: &[&str] = &["account", "bot", "interval", "from", "to", "currency"];
const SNAPSHOTS: &[&str] = &["account", "bot", "interval", "from", "to", "currency"];
const POINTS: &[Column] = &[
    Column::time("time"),
    Column::decimal("equity"),
    Column::decimal("realised_pnl"),
    Column::decimal("unrealised_pnl"),
    Column::decimal("drawdown"),
    Column::real("drawdown_ratio").or_none(),
    Column::json("unpriced"),
];
const COLUMNS: &[Column] = &[
    Column::time("time"),
    Column::text("account"),
    Column::text("bot").or_none(),
    Column::text("currency"),
    Column::decimal("equity"),
    Column::decimal("cash").or_none(),
    Column::decimal("realised_pnl"),
    Column::decimal("unrealised_pnl"),
    Column::whole("open_positions"),
    Column::whole("closed_trades"),
    Column::real("win_rate").or_none(),
    Column::decimal("drawdown"),
    Column::json("unpriced"),
];

/// Of what, and when.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct EquityParams {
    /// Of this venue account; without it and bot of all own accounts together.
    account: Option<Uuid>,
    /// Of this bot.
    bot: Option<Uuid>,
    /// minute, hour or day; without it day.
    #[param(example = "hour")]
    interval: Option<String>,
    /// The first point: RFC 3339 or epoch milliseconds; without it 3 hours before the end by minute, 7 days by hour, 365 days by day.
    from: Option<String>,
    /// The end; without it now.
    to: Option<String>,
    /// In what money is counted; without it USDT.
    #[param(example = "USDT")]
    currency: Option<String>,
}

/// What something was worth over time.
#[derive(Serialize, ToSchema)]
pub(crate) struct Equity {
    /// In what money is counted.
    currency: String,
    /// minute, hour or day.
    interval: String,
    /// At every full minute, hour or day (UTC), and at the end.
    points: Vec<EquityPoint>,
    /// Assets that are left out somewhere, because no stored price says what they were worth.
    unpriced: Vec<String>,
}

/// What something was worth at a time.
#[derive(Serialize, ToSchema)]
pub(crate) struct EquityPoint {
    /// When, by the clock of the venue.
    #[schema(format = DateTime)]
    time: String,
    /// Of accounts what they had, at the last price by then; of a bot what its account got from outside, and its profit.
    #[schema(format = "decimal")]
    equity: String,
    /// Profit realised since the first point, after fees and funding.
    #[schema(format = "decimal")]
    realised_pnl: String,
    /// What open positions would win at the last price by then.
    #[schema(format = "decimal")]
    unrealised_pnl: String,
    /// How far equity is below its highest point so far.
    #[schema(format = "decimal")]
    drawdown: String,
    /// The same as a fraction of that point; null where that isn't above nothing.
    #[schema(required)]
    drawdown_ratio: Option<f64>,
    /// Assets and symbols that are left out here, because no stored price says what they were worth then.
    unpriced: Vec<String>,
}

/// Of what, and when.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct SnapshotParams {
    /// Of this venue account; without it and bot of every own account.
    account: Option<Uuid>,
    /// Of this bot; without it of whole accounts.
    bot: Option<Uuid>,
    /// hour, or day for those of midnight (UTC); without it day.
    #[param(example = "hour")]
    interval: Option<String>,
    /// From this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Before this time (exclusive).
    to: Option<String>,
    /// In what money is counted: other than USDT, in which they are recorded, at the last hourly close of each hour.
    #[param(example = "USDT")]
    currency: Option<String>,
}

/// What was recorded of accounts and bots at full hours.
#[derive(Serialize, ToSchema)]
pub(crate) struct SnapshotList {
    /// The latest 10,000 of the range, by time.
    snapshots: Vec<SnapshotBody>,
    /// Hours whose snapshots are left out, because no stored price says what they are in the currency.
    #[schema(value_type = Vec<String>, format = DateTime)]
    unconverted: Vec<String>,
}

/// What was recorded by a full hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct SnapshotBody {
    /// The hour. What was recorded later is not in it.
    #[schema(format = DateTime)]
    time: String,
    /// The venue account.
    account: Uuid,
    /// The bot; null for the whole account.
    #[schema(required)]
    bot: Option<Uuid>,
    /// In what money is counted.
    currency: String,
    /// As in the equity curve.
    #[schema(format = "decimal")]
    equity: String,
    /// What could be spent or was held for orders, of the currency itself; null of a bot, and in other currencies.
    #[schema(required, format = "decimal")]
    cash: Option<String>,
    /// All profit by then, after fees and funding.
    #[schema(format = "decimal")]
    realised_pnl: String,
    /// What open positions would have won.
    #[schema(format = "decimal")]
    unrealised_pnl: String,
    /// Positions that were open.
    open_positions: i64,
    /// Trades that were closed.
    closed_trades: i64,
    /// Share of the closed trades that won.
    #[schema(required)]
    win_rate: Option<f64>,
    /// How far equity was below that of the highest snapshot so far.
    #[schema(format = "decimal")]
    drawdown: String,
    /// Assets that are left out, because no stored price says what they were worth.
    unpriced: Vec<String>,
}

/// What accounts or a bot were worth over time
///
/// By the time of the venue, from events and stored prices; the last point by the latest price.
#[utoipa::path(
    get,
    path = "/v1/ledger/equity",
    tag = "ledger",
    operation_id = "get_equity",
    params(EquityParams),
    responses(
        (status = 200, description = "The curve", content((Equity = "application/json"), (String = "text/csv"), (Binary = "application/vnd.apache.arrow.stream"))),
        (status = 400, description = "invalid_request, invalid_interval, invalid_currency, invalid_time, invalid_range (more than 10,000 points), unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account or unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_much_history: more events than are put together at a time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_equity(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let params = Params::read(&uri, EQUITY)?;
    let query = CurveQuery {
        user,
        account: number(&params, "account")?,
        bot: number(&params, "bot")?,
        step: step(&params, &[Step::Minute, Step::Hour, Step::Day])?,
        from: params.time("from")?,
        to: params.time("to")?,
        currency: currency_of(&params, "currency")?.unwrap_or_else(|| DEFAULT_CURRENCY.to_owned()),
    };
    let curve = state.0.reports.curve(&query).await?;
    let point = |point: Point| EquityPoint {
        time: point.time.to_string(),
        equity: point.equity.to_string(),
        realised_pnl: point.realised.to_string(),
        unrealised_pnl: point.unrealised.to_string(),
        drawdown: point.drawdown.to_string(),
        drawdown_ratio: point.drawdown_ratio,
        unpriced: point.unpriced,
    };
    let told = Equity {
        currency: query.currency,
        interval: query.step.as_str().to_owned(),
        points: curve.points.into_iter().map(point).collect(),
        unpriced: curve.unpriced,
    };
    list::give(format, &told, POINTS, &told.points, None)
}

fn step(params: &Params, steps: &[Step]) -> Result<Step, Problem> {
    let step = params.parsed("interval", Code::InvalidInterval, |text| {
        let names: Vec<&str> = steps.iter().map(|step| step.as_str()).collect();
        let found = steps.iter().copied().find(|step| step.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is none of {}", names.join(", ")))
    })?;
    Ok(step.unwrap_or_default())
}

/// What was recorded of accounts and bots at full hours
///
/// As JSON, CSV or Arrow. By the time at which it was recorded here, so that a snapshot never changes.
#[utoipa::path(
    get,
    path = "/v1/ledger/snapshots",
    tag = "ledger",
    operation_id = "list_snapshots",
    params(SnapshotParams),
    responses(
        (status = 200, description = "Snapshots", content((SnapshotList = "application/json"), (String = "text/csv"), (Binary = "application/vnd.apache.arrow.stream"))),
        (status = 400, description = "invalid_request, invalid_interval, invalid_currency, invalid_time, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account or unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_snapshots(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let params = Params::read(&uri, SNAPSHOTS)?;
    let query = SnapshotQuery {
        bot: number(&params, "bot")?,
        from: params.time("from")?,
        to: params.time("to")?,
        daily: step(&params, &[Step::Hour, Step::Day])? == Step::Day,
        ..SnapshotQuery::default()
    };
    let account = number(&params, "account")?;
    let currency = currency_of(&params, "currency")?;
    let found = state.0.reports.snapshots(user, account, query).await?;
    let (found, unconverted) = match currency {
        Some(currency) => state.0.reports.in_currency(user, found, &currency).await?,
        None => (found, vec![]),
    };
    let told = SnapshotList {
        snapshots: found.into_iter().map(SnapshotBody::from).collect(),
        unconverted: unconverted.iter().map(ToString::to_string).collect(),
    };
    list::give(format, &told, COLUMNS, &told.snapshots, None)
}

impl From<Snapshot> for SnapshotBody {
    fn from(made: Snapshot) -> Self {
        let closed = made.closed_trades;
        Self {
            time: made.at.to_string(),
            account: made.account,
            bot: made.bot,
            currency: made.currency,
            equity: made.equity.to_string(),
            cash: made.cash.map(|cash| cash.to_string()),
            realised_pnl: made.realised_pnl.to_string(),
            unrealised_pnl: made.unrealised_pnl.to_string(),
            open_positions: made.open_positions,
            closed_trades: closed,
            win_rate: (closed > 0).then(|| made.won_trades as f64 / closed as f64),
            drawdown: made.peak.checked_sub(made.equity).unwrap_or_default().to_string(),
            unpriced: made.unpriced,
        }
    }
}
