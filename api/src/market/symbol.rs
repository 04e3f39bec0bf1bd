//! `GET /v1/market/symbols/{symbol}`: one symbol, the rules it was traded under, and what is
//! stored of it.

use app::market::read;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::Uri;
use domain::{Decimal, Time};
use serde::Serialize;
use store::market::symbols::RulesPeriod;
use utoipa::ToSchema;

use super::model::{maybe_text, text};
use super::symbols::Symbol;
use crate::params::{self, Params};
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// A symbol with all that is known of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct SymbolDetail {
    #[serde(flatten)]
    symbol: Symbol,
    /// The rules it was traded under, oldest first.
    rules: Vec<Rule>,
    /// What is stored of it: ticks first, then candles from the shortest interval.
    ranges: Vec<Range>,
}

/// Trading rules and how long they held.
#[derive(Serialize, ToSchema)]
pub(crate) struct Rule {
    /// From when.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime)]
    valid_from: Time,
    /// Until when; null for the present ones.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = DateTime)]
    valid_to: Option<Time>,
    /// Whether it could be traded.
    active: bool,
    /// Digits after the point of a price.
    #[schema(required)]
    price_precision: Option<i16>,
    /// Digits after the point of a quantity.
    #[schema(required)]
    quantity_precision: Option<i16>,
    /// Prices are multiples of this.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal")]
    tick_size: Option<Decimal>,
    /// Quantities are multiples of this.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal")]
    lot_size: Option<Decimal>,
    /// Smallest quantity of an order, in base.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal")]
    min_quantity: Option<Decimal>,
    /// Smallest price × quantity of an order, in quote.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal")]
    min_notional: Option<Decimal>,
}

/// A stored series.
#[derive(Serialize, ToSchema)]
pub(crate) struct Range {
    /// `1m` … `1w`, or `tick`.
    #[schema(examples("1m"))]
    interval: String,
    /// Who made the candles (`venue`, `trades`, `agg_trades`, `rollup-1m` …); `trade` or
    /// `agg_trade` for ticks.
    #[schema(examples("venue"))]
    origin: String,
    /// The first opening time, or the first trade.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// The first moment after the last candle or trade.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime)]
    to: Time,
    /// How many rows. Fewer than the range could hold means that some are missing or that nothing
    /// was traded.
    count: i64,
}

/// One symbol, its rules and what is stored of it
#[utoipa::path(
    get,
    path = "/v1/market/symbols/{symbol}",
    tag = "market",
    operation_id = "get_symbol",
    params(("symbol" = String, Path, description = "The symbol, `venue:CODE`; a slash in it is written %2F", example = "binance:BTCUSDT")),
    responses(
        (status = 200, description = "The symbol", body = SymbolDetail),
        (status = 400, description = "invalid_symbol or unknown_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_symbol(
    State(state): State<ApiState>,
    uri: Uri,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<SymbolDetail>, Problem> {
    Params::read(&uri, &[])?;
    let Path(name) =
        path.map_err(|error| Problem::new(Code::InvalidSymbol, error.body_text()).about("symbol"))?;
    let detail = state.0.reader.symbol(&params::symbol(&name)?).await?;
    Ok(Json(SymbolDetail {
        symbol: detail.view.into(),
        rules: detail.rules.into_iter().map(Rule::from).collect(),
        ranges: detail.ranges.into_iter().map(Range::from).collect(),
    }))
}

impl From<RulesPeriod> for Rule {
    fn from(period: RulesPeriod) -> Self {
        let plain = |value: Option<Decimal>| value.map(|value| value.normalize());
        Self {
            valid_from: period.valid_from,
            valid_to: period.valid_to,
            active: period.rules.active,
            price_precision: period.rules.price_precision,
            quantity_precision: period.rules.quantity_precision,
            tick_size: plain(period.rules.tick_size),
            lot_size: plain(period.rules.lot_size),
            min_quantity: plain(period.rules.min_quantity),
            min_notional: plain(period.rules.min_notional),
        }
    }
}

impl From<read::Range> for Range {
    fn from(range: read::Range) -> Self {
        let read::Range { interval, origin, from, to, count } = range;
        Self { interval, origin, from, to, count }
    }
}
