//! `GET /v1/market/coverage`: what of a series is there, what is missing, and how that is known.

use app::market::coverage::{self, CoverageError, CoverageReport, CoverageRequest};
use app::market::read::{CandleRequest, ReadError};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::market::{CoverageStatus, Interval, SymbolName};
use domain::{Decimal, Time, parse_decimal};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::model::{IntervalName, text};
use crate::params::Params;
use crate::problem::{Code, MissingRange, Problem, ProblemBody};
use crate::state::ApiState;

const PARAMETERS: &[&str] = &["symbol", "interval", "from", "to", "limit"];
/// Ranges of an answer, where the caller doesn't say, and at most.
const DEFAULT_LIMIT: usize = 1_000;
const MAX_LIMIT: usize = 10_000;
/// Missing ranges that a refusal names.
const MOST_NAMED: usize = 100;

/// Which series.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what `get_coverage` reads")]
pub(crate) struct CoverageParams {
    /// The symbol, `venue:CODE`.
    #[param(example = "binance:BTCUSDT")]
    symbol: String,
    /// Candles of which interval; 1m without it.
    #[param(value_type = Option<IntervalName>)]
    interval: Option<String>,
    /// From the candle of this time on; without it from the first one held.
    from: Option<String>,
    /// Before the candle of this time; without it up to the last one held that has closed.
    to: Option<String>,
    /// Most ranges.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<u32>,
}

/// What is there of a series.
#[derive(Serialize, ToSchema)]
pub(crate) struct Coverage {
    /// The symbol.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, examples("binance:BTCUSDT"))]
    symbol: SymbolName,
    /// How long a candle lasts.
    interval: IntervalName,
    /// Beginning of the range; null where nothing is held and nothing was asked for.
    #[serde(serialize_with = "maybe_text")]
    #[schema(required, value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Its end (exclusive).
    #[serde(serialize_with = "maybe_text")]
    #[schema(required, value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// The share of candles that are not missing, rounded down to six places.
    #[schema(value_type = String, examples("0.999305"))]
    ratio: Decimal,
    /// Whether nothing is missing.
    complete: bool,
    /// Candles that the range spans.
    expected: i64,
    /// Candles of each status.
    counts: Counts,
    /// Runs of one status, in order.
    ranges: Vec<CoverageRange>,
    /// Where to ask on as `from`; null where these are all ranges.
    #[serde(serialize_with = "maybe_text")]
    #[schema(required, value_type = Option<String>, format = DateTime)]
    next: Option<Time>,
}

/// Candles of each status.
#[derive(Serialize, ToSchema)]
struct Counts {
    /// Stored as they came.
    traded: i64,
    /// Nothing was traded.
    empty: i64,
    /// The venue was not trading.
    venue_down: i64,
    /// Lacking.
    missing: i64,
    /// Lacking once, filled in afterwards.
    repaired: i64,
}

/// A run of candles of one status.
#[derive(Serialize, ToSchema)]
pub(crate) struct CoverageRange {
    /// Its beginning.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// Its end (exclusive).
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime)]
    to: Time,
    /// traded, empty, venue_down, missing or repaired.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, pattern = "^(traded|empty|venue_down|missing|repaired)$")]
    status: CoverageStatus,
    /// Who says so, or where it was repaired from.
    #[schema(required)]
    source: Option<String>,
    /// How many candles it spans.
    candles: i64,
}

impl CoverageRange {
    pub(crate) fn new(range: &coverage::CoverageRange) -> Self {
        Self {
            from: range.range.from,
            to: range.range.to,
            status: range.status,
            source: range.source.clone(),
            candles: range.candles,
        }
    }
}

/// Coverage of a series
///
/// Every candle of the range stands in one run: traded, empty (nothing was traded), venue_down,
/// missing, or repaired (it was missing once; `source` tells from where it came).
#[utoipa::path(
    get,
    path = "/v1/market/coverage",
    tag = "market",
    operation_id = "get_coverage",
    params(CoverageParams),
    responses(
        (status = 200, description = "Coverage", body = Coverage),
        (status = 400, description = "invalid_symbol, invalid_interval, invalid_time, invalid_range, invalid_limit, missing_parameter, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_coverage(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Coverage>, Problem> {
    let params = Params::read(&uri, PARAMETERS)?;
    let interval = params.parsed("interval", Code::InvalidInterval, str::parse::<Interval>)?;
    let limit = params.parsed("limit", Code::InvalidLimit, |text| {
        text.parse()
            .ok()
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or_else(|| format!("{text:?} is not a whole number from 1 to {MAX_LIMIT}"))
    })?;
    let request = CoverageRequest {
        symbol: params.symbol()?,
        interval: interval.unwrap_or(Interval::M1),
        from: params.time("from")?,
        to: params.time("to")?,
    };
    let report = coverage::report(&state.0.db, &state.0.segments, &state.0.clock, &request).await?;
    Ok(Json(answer(&report, limit.unwrap_or(DEFAULT_LIMIT))))
}

/// Refuses a request for candles of which more are missing than `min_coverage` allows.
pub(super) async fn demand(
    state: &ApiState,
    params: &Params,
    request: &CandleRequest,
) -> Result<(), Problem> {
    let share = params.parsed("min_coverage", Code::InvalidCoverage, |text| {
        parse_decimal(text)
            .ok()
            .filter(|share| (Decimal::ZERO..=Decimal::ONE).contains(share))
            .ok_or_else(|| format!("{text:?} is not a number from 0 to 1, for example 0.999"))
    })?;
    let Some(share) = share else { return Ok(()) };
    let (page, interval) = (&request.page, request.interval);
    let mut wanted =
        CoverageRequest { symbol: request.symbol.clone(), interval, from: page.from, to: page.to };
    let mut report =
        coverage::report(&state.0.db, &state.0.segments, &state.0.clock, &wanted).await?;
    // A page of the newest candles stands for as much time as they last.
    if let (None, Some(limit), Some(range)) = (page.from, page.limit, report.range) {
        let newest = range.to.plus_micros(-i64::from(limit) * interval.micros());
        (wanted.from, wanted.to) = (Some(newest.max(range.from)), Some(range.to));
        report = coverage::report(&state.0.db, &state.0.segments, &state.0.clock, &wanted).await?;
    }
    let ratio = report.ratio();
    if ratio >= share {
        return Ok(());
    }
    let missing: Vec<MissingRange> = report
        .missing()
        .take(MOST_NAMED)
        .map(|range| MissingRange {
            from: range.range.from.to_string(),
            to: range.range.to.to_string(),
            candles: range.candles,
        })
        .collect();
    let detail =
        format!("{} of {interval} has coverage {ratio}, less than {share}", request.symbol);
    Err(Problem::new(Code::CoverageTooLow, detail).about("min_coverage").missing(missing))
}

fn answer(report: &CoverageReport, limit: usize) -> Coverage {
    let counts = report.counts();
    let count = |status| counts.get(&status).copied().unwrap_or_default();
    let missing = count(CoverageStatus::Missing);
    Coverage {
        symbol: report.symbol.clone(),
        interval: report.interval.into(),
        from: report.range.map(|range| range.from),
        to: report.range.map(|range| range.to),
        ratio: report.ratio(),
        complete: missing == 0,
        expected: report.expected(),
        counts: Counts {
            traded: count(CoverageStatus::Traded),
            empty: count(CoverageStatus::Empty),
            venue_down: count(CoverageStatus::Down),
            missing,
            repaired: count(CoverageStatus::Repaired),
        },
        ranges: report.ranges.iter().take(limit).map(CoverageRange::new).collect(),
        next: report.ranges.get(limit).map(|range| range.range.from),
    }
}

fn maybe_text<S: serde::Serializer>(time: &Option<Time>, to: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => to.collect_str(time),
        None => to.serialize_none(),
    }
}

impl From<CoverageError> for Problem {
    fn from(error: CoverageError) -> Self {
        let detail = error.to_string();
        match error {
            CoverageError::UnknownSymbol(_) => {
                Self::new(Code::UnknownSymbol, detail).about("symbol")
            }
            CoverageError::InvalidRange { .. } => {
                Self::new(Code::InvalidRange, detail).about("from")
            }
            CoverageError::Segment(error) => ReadError::from(error).into(),
            CoverageError::Store(error) => error.into(),
        }
    }
}
