//! `GET /v1/market/ticks`: a page of trades, or a whole range as CSV or Arrow.

use app::market::read::TickRequest;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::market::{SymbolName, TickKind};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::export;
use super::model::{Binary, Tick, TickKindName, text};
use crate::accept::Format;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const PARAMETERS: &[&str] = &["symbol", "from", "to", "limit", "order", "cursor", "kind"];

/// Which trades.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `request` reads")]
pub(crate) struct TickParams {
    /// The symbol, `venue:CODE`.
    #[param(example = "binance:BTCUSDT")]
    symbol: String,
    /// From this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Before this time (exclusive): RFC 3339 or epoch milliseconds.
    to: Option<String>,
    /// Most trades. Without it JSON has 500, CSV and Arrow the whole range.
    #[param(minimum = 1, maximum = 5000)]
    limit: Option<u32>,
    /// Oldest (`asc`) or newest (`desc`) first. Without order, range and cursor a page has the
    /// newest trades, oldest of them first, and no `next`.
    #[param(pattern = "^(asc|desc)$")]
    order: Option<String>,
    /// `next` of the page before. It carries range, order and kind, which need not be repeated.
    cursor: Option<String>,
    /// Single or aggregate trades; without it single ones where the symbol has any.
    #[param(value_type = Option<TickKindName>)]
    kind: Option<String>,
}

/// Trades in the order asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct TickPage {
    /// The symbol.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, examples("binance:BTCUSDT"))]
    symbol: SymbolName,
    /// The trades.
    ticks: Vec<Tick>,
    /// Cursor of the next page in the same order; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// Trades of a symbol
///
/// A page as JSON, or as CSV or Arrow where `Accept` says so; those two give the whole range,
/// however long, where there is no `limit`, and else a page with its cursor in the header
/// `x-next-cursor`.
#[utoipa::path(
    get,
    path = "/v1/market/ticks",
    tag = "market",
    operation_id = "list_ticks",
    params(TickParams),
    responses(
        (status = 200, description = "Trades", content(
            (TickPage = "application/json"),
            (String = "text/csv"),
            (Binary = "application/vnd.apache.arrow.stream"),
        )),
        (status = 400, description = "invalid_symbol, invalid_time, invalid_range, invalid_limit, invalid_order, invalid_cursor, invalid_kind, missing_parameter, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_ticks(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let request = request(&uri, format)?;
    let plan = state.0.reader.plan_ticks(&request).await?;
    if format != Format::Json && request.page.limit.is_none() {
        return export::all_ticks(&state, &request, plan, format).await;
    }
    let page = state.0.reader.ticks(&request.symbol, &plan).await?;
    if format != Format::Json {
        let body = export::ticks(&page.ticks, plan.kind, format)?;
        return Ok(export::answer(format, page.next, Body::from(body)));
    }
    let body = TickPage {
        symbol: request.symbol,
        ticks: page.ticks.iter().map(|tick| Tick::new(tick, plan.kind)).collect(),
        next: page.next,
    };
    Ok(export::answer(format, None, Body::from(export::to_json(&body)?)))
}

fn request(uri: &Uri, format: Format) -> Result<TickRequest, Problem> {
    let params = Params::read(uri, PARAMETERS)?;
    let kind = params.parsed("kind", Code::InvalidKind, |text| match text {
        "trade" => Ok(TickKind::Trade),
        "agg_trade" => Ok(TickKind::AggTrade),
        _ => Err(format!("{text:?} is neither trade nor agg_trade")),
    })?;
    let page = params.page(format != Format::Json)?;
    Ok(TickRequest { symbol: params.symbol()?, kind, page })
}
