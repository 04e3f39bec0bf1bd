//! `GET /v1/market/candles`: a page of candles, or a whole range as CSV or Arrow.

use app::market::read::{CandlePlan, CandleRequest};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use domain::Time;
use domain::market::{Interval, Origin, SymbolName};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::hot::Rendered;
use super::model::{Binary, Candle, IntervalName, text};
use super::{coverage, export};
use crate::accept::{Format, takes_gzip};
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const PARAMETERS: &[&str] = &[
    "symbol",
    "interval",
    "from",
    "to",
    "limit",
    "order",
    "cursor",
    "origin",
    "as_of",
    "min_coverage",
];

/// Which candles.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `request` reads")]
pub(crate) struct CandleParams {
    /// The symbol, `venue:CODE`.
    #[param(example = "binance:BTCUSDT")]
    symbol: String,
    /// How long a candle lasts.
    #[param(value_type = IntervalName)]
    interval: String,
    /// From this opening time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Before this opening time (exclusive): RFC 3339 or epoch milliseconds.
    to: Option<String>,
    /// Most candles. Without it JSON has 500, CSV and Arrow the whole range.
    #[param(minimum = 1, maximum = 5000)]
    limit: Option<u32>,
    /// Oldest (`asc`) or newest (`desc`) first. Without order, range and cursor a page has the
    /// newest candles, oldest of them first, and no `next`.
    #[param(pattern = "^(asc|desc)$")]
    order: Option<String>,
    /// `next` of the page before. It carries range and order, which need not be repeated.
    cursor: Option<String>,
    /// Only candles of this origin: `venue`, `trades`, `agg_trades` or `rollup-1m` … `rollup-1d`.
    /// Without it the best there is for each time, in the order venue, roll-ups from the shortest,
    /// trades, aggregate trades.
    origin: Option<String>,
    /// As they were known at this time, RFC 3339 or epoch milliseconds: what was corrected since is
    /// given as it was, what came later is left out, and the candle that was still forming is made
    /// of the trades that had arrived. A cursor carries it.
    as_of: Option<String>,
    /// Refuse with `coverage_too_low`, naming what is missing, where less than this share (0 to 1) of
    /// the range's candles is there; an empty one, by the venue's word or the trade ids, is there.
    #[param(example = "0.999")]
    min_coverage: Option<String>,
}

/// Candles in the order asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct CandlePage {
    /// The symbol.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, examples("binance:BTCUSDT"))]
    symbol: SymbolName,
    /// How long a candle lasts.
    interval: IntervalName,
    /// The candles.
    candles: Vec<Candle>,
    /// Cursor of the next page in the same order; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// Candles of a symbol
///
/// A page as JSON, or as CSV or Arrow where `Accept` says so; those two give the whole range,
/// however long, where there is no `limit`, and else a page with its cursor in the header
/// `x-next-cursor`.
#[utoipa::path(
    get,
    path = "/v1/market/candles",
    tag = "market",
    operation_id = "list_candles",
    params(CandleParams),
    responses(
        (status = 200, description = "Candles", content(
            (CandlePage = "application/json"),
            (String = "text/csv"),
            (Binary = "application/vnd.apache.arrow.stream"),
        )),
        (status = 400, description = "invalid_symbol, invalid_interval, invalid_time, invalid_range, invalid_limit, invalid_order, invalid_cursor, invalid_origin, invalid_coverage, missing_parameter, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "coverage_too_low", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_candles(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let params = Params::read(&uri, PARAMETERS)?;
    let request = request(&params, format)?;
    coverage::demand(&state, &params, &request).await?;
    let plan = state.0.reader.plan_candles(&request).await?;
    if format == Format::Json {
        let version = state.0.live.version(plan.symbol_id);
        let rendered =
            state.0.hot.get(&plan, version, &state.0.clock, || page(&state, &request, &plan));
        return Ok(json(&*rendered.await?, &headers));
    }
    if request.page.limit.is_none() {
        return export::all_candles(&state, &request, plan, format).await;
    }
    let page = state.0.reader.candles(&request.symbol, &plan).await?;
    let body = export::candles(&page.candles, request.interval, format)?;
    Ok(export::answer(format, page.next, Body::from(body)))
}

fn request(params: &Params, format: Format) -> Result<CandleRequest, Problem> {
    let symbol = params.symbol()?;
    params.required("interval", "1m")?;
    let interval = params.parsed("interval", Code::InvalidInterval, str::parse::<Interval>)?;
    let origin = params.parsed("origin", Code::InvalidOrigin, |text| {
        Origin::parse(text).ok_or_else(|| {
            format!("{text:?} is none of venue, trades, agg_trades, rollup-1m … rollup-1d")
        })
    })?;
    let page = params.page(format != Format::Json)?;
    let interval = interval.unwrap_or(Interval::M1);
    Ok(CandleRequest { symbol, interval, origin, page })
}

/// Reads a page and renders it as JSON.
async fn page(
    state: &ApiState,
    request: &CandleRequest,
    plan: &CandlePlan,
) -> Result<Rendered, Problem> {
    let now = state.0.clock.now();
    // A candle that has closed since was open then.
    let seen = plan.as_of().map_or(now, |as_of| as_of.min(now));
    let page = state.0.reader.candles(&request.symbol, plan).await?;
    let closes = page.candles.iter().map(|candle| request.interval.close_time(candle.open_time));
    // When one of them closes it is to be rendered anew.
    let changes_at = closes.filter(|close| *close > now).min().unwrap_or(Time::MAX);
    let body = CandlePage {
        symbol: request.symbol.clone(),
        interval: request.interval.into(),
        candles: page.candles.iter().map(|c| Candle::new(c, request.interval, seen)).collect(),
        next: page.next,
    };
    Ok(Rendered::new(export::to_json(&body)?, now, changes_at))
}

/// Rendered JSON, compressed where the client asks for that.
fn json(rendered: &Rendered, headers: &HeaderMap) -> Response {
    let gzip = takes_gzip(headers);
    let body = if gzip { rendered.gzip() } else { rendered.plain() };
    let mut response = Body::from(body).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(Format::Json.media_type()));
    out.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    if gzip {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}
