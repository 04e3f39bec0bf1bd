//! `GET /v1/ledger/positions/{id}/explain` and `GET /v1/ledger/explain`: of what a profit is made.

use app::ledger::reports::{Explained, Line, LineKind, Total};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use store::ledger::explain::StepQuery;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::orders::number;
use super::symbol_of;
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Of what, and when.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct ExplainParams {
    /// Of this venue account only.
    account: Option<Uuid>,
    /// Of this bot only.
    bot: Option<Uuid>,
    /// In this symbol only.
    #[param(example = "binance:BTCUSDT")]
    symbol: Option<String>,
    /// What happened from this time on, by the venue: RFC 3339 or epoch milliseconds; without it a day before the end.
    from: Option<String>,
    /// And before this time (exclusive); without it now.
    to: Option<String>,
}

/// Of what a profit is made.
#[derive(Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// The position; null of a period.
    #[schema(required)]
    position: Option<Uuid>,
    /// What each line adds, by the order of the record.
    lines: Vec<ExplainLine>,
    /// The sums of the lines, by quote.
    totals: Vec<ExplainTotal>,
}

/// What one event added to a position's profit.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplainLine {
    /// The event's place in the record.
    event: i64,
    /// When the venue says it happened.
    #[schema(format = DateTime)]
    time: String,
    /// When it was recorded.
    #[schema(format = DateTime)]
    recorded_at: String,
    /// fill, fee or funding.
    kind: String,
    /// The position.
    position: Uuid,
    /// venue:CODE.
    symbol: String,
    /// The order; null of funding.
    #[schema(required)]
    order: Option<Uuid>,
    /// The venue's number of the trade; null of funding.
    #[schema(required)]
    venue_trade_id: Option<String>,
    /// Of a fill: whether it made the position larger (entry) or smaller (exit).
    #[schema(required)]
    leg: Option<String>,
    /// Of a fill: its price.
    #[schema(required, format = "decimal")]
    price: Option<String>,
    /// Of a fill: by how many units of base the position changed.
    #[schema(required, format = "decimal")]
    quantity: Option<String>,
    /// Of a fee or funding: its asset.
    #[schema(required)]
    asset: Option<String>,
    /// Of a fee or funding: so much of the asset came in; negative where it was paid.
    #[schema(required, format = "decimal")]
    amount: Option<String>,
    /// What it adds to the profit, in quote: of a fill what it realised by average cost. Null of a fee in an asset that is
    /// neither quote nor base, which is not in the profit.
    #[schema(required, format = "decimal")]
    profit: Option<String>,
    /// What profit is counted in.
    quote: String,
}

/// Sums of lines.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplainTotal {
    /// What profit is counted in.
    quote: String,
    /// Of fills.
    #[schema(format = "decimal")]
    gross_pnl: String,
    /// Of fees, as in trades: positive where they were paid.
    #[schema(format = "decimal")]
    commission: String,
    /// Of funding.
    #[schema(format = "decimal")]
    funding: String,
    /// Of all lines; of a position its trade's net_pnl.
    #[schema(format = "decimal")]
    total: String,
}

/// Of what a position's profit is made
#[utoipa::path(
    get,
    path = "/v1/ledger/positions/{id}/explain",
    tag = "ledger",
    operation_id = "explain_position",
    params(("id" = Uuid, Path, description = "The position's number, which is its round trip's too")),
    responses(
        (status = 200, description = "Fills, fees and funding that add up to its profit", body = Explanation),
        (status = 400, description = "invalid_request: not a number", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_position", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_much_history: more events than are put together at a time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn explain_position(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(id): Path<Uuid>,
) -> Result<Json<Explanation>, Problem> {
    let told = state.0.reports.explain_position(user, id).await?;
    Ok(Json(Explanation::of(Some(id), told)))
}

/// Of what the profit of a time is made
#[utoipa::path(
    get,
    path = "/v1/ledger/explain",
    tag = "ledger",
    operation_id = "explain_period",
    params(ExplainParams),
    responses(
        (status = 200, description = "Fills, fees and funding that add up to the profit realised in that time", body = Explanation),
        (status = 400, description = "invalid_request, invalid_symbol, invalid_time, invalid_range, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account or unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_much_history: more events than are put together at a time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn explain_period(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
) -> Result<Json<Explanation>, Problem> {
    let params = Params::read(&uri, &["account", "bot", "symbol", "from", "to"])?;
    let query = StepQuery {
        bot: number(&params, "bot")?,
        symbol: symbol_of(&params)?,
        from: params.time("from")?,
        to: params.time("to")?,
        ..StepQuery::default()
    };
    let account = number(&params, "account")?;
    let told = state.0.reports.explain_period(user, account, query).await?;
    Ok(Json(Explanation::of(None, told)))
}

impl Explanation {
    fn of(position: Option<Uuid>, told: Explained) -> Self {
        let total = |(quote, total): (String, Total)| ExplainTotal {
            quote,
            gross_pnl: total.gross.to_string(),
            commission: total.commission.to_string(),
            funding: total.funding.to_string(),
            total: total.total.to_string(),
        };
        Self {
            position,
            lines: told.lines.into_iter().map(ExplainLine::from).collect(),
            totals: told.totals.into_iter().map(total).collect(),
        }
    }
}

impl From<Line> for ExplainLine {
    fn from(line: Line) -> Self {
        let step = line.step;
        let (order, venue_trade_id) = step.fill.map(|(order, trade, _)| (order, trade)).unzip();
        let base = Self {
            event: step.event,
            time: step.at.to_string(),
            recorded_at: step.recorded_at.to_string(),
            kind: "fill".to_owned(),
            position: step.position,
            symbol: step.symbol,
            order,
            venue_trade_id,
            leg: None,
            price: None,
            quantity: None,
            asset: None,
            amount: None,
            profit: line.profit.map(|profit| profit.to_string()),
            quote: step.quote,
        };
        match line.kind {
            LineKind::Fill { price, quantity, entry } => Self {
                leg: Some(if entry { "entry" } else { "exit" }.to_owned()),
                price: Some(price.normalize().to_string()),
                quantity: Some(quantity.to_string()),
                ..base
            },
            LineKind::Paid { fee, asset, amount } => Self {
                kind: if fee { "fee" } else { "funding" }.to_owned(),
                asset: Some(asset),
                amount: Some(amount.to_string()),
                ..base
            },
        }
    }
}
