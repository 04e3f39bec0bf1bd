//! `GET /v1/market/leaderboard`: symbols ranked by what they did in the last 24 hours.

use app::market::read::{Board, RankBy};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::market::SymbolName;
use domain::{Amount, Decimal, Time};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::model::{maybe_text, text};
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const DEFAULT: usize = 20;
const MOST: usize = 1_000;

/// Which symbols, and their order.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct LeaderboardParams {
    /// Only symbols of this venue.
    #[param(example = "binance")]
    venue: Option<String>,
    /// Only symbols that are paid with this.
    #[param(example = "USDT")]
    quote: Option<String>,
    /// Largest first of this figure; without it by quote volume.
    #[param(value_type = Option<RankName>)]
    by: Option<String>,
    /// Most symbols; without it 20.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// A figure to rank by.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RankName {
    /// Units of quote.
    QuoteVolume,
    /// Units of base.
    Volume,
    /// Number of trades.
    Trades,
    /// Change of the price in percent.
    Change,
}

/// The symbols that traded in the last 24 hours.
#[derive(Serialize, ToSchema)]
pub(crate) struct Leaderboard {
    /// The first of the 1,440 minutes.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// The end of the last of them, the current one.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime)]
    to: Time,
    /// What they are ranked by.
    by: RankName,
    /// The first of them.
    symbols: Vec<Ranked>,
}

/// One symbol's 24 hours.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ranked {
    /// The symbol.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, examples("binance:BTCUSDT"))]
    symbol: SymbolName,
    /// What is traded, where known.
    #[schema(required, examples("BTC"))]
    base: Option<String>,
    /// What it is paid with, where known.
    #[schema(required, examples("USDT"))]
    quote: Option<String>,
    /// Whether it is a past played again, not a market's present.
    replay: bool,
    /// Its last price.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("61794.15"))]
    price: Decimal,
    /// The last price minus the first.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("-123.4"))]
    change: Amount,
    /// The same in percent of the first, rounded to two places.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("-0.20"))]
    change_percent: Option<Decimal>,
    /// Highest price.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal")]
    high: Decimal,
    /// Lowest price.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal")]
    low: Decimal,
    /// Units of base traded.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("1234.5"))]
    volume: Amount,
    /// Units of quote traded; null where a part of it is unknown.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal")]
    quote_volume: Option<Amount>,
    /// Number of trades; null where a part of it is unknown.
    #[schema(required)]
    trade_count: Option<i64>,
}

/// Symbols ranked by their last 24 hours
///
/// Of the 1,440 minutes that end with the current one: whole hours by candles of an hour, the ends by
/// shorter ones. Made anew at most every 3 s. Symbols that did not trade in them are not listed, those
/// of which the figure is unknown come last.
#[utoipa::path(
    get,
    path = "/v1/market/leaderboard",
    tag = "market",
    operation_id = "get_leaderboard",
    params(LeaderboardParams),
    responses(
        (status = 200, description = "The symbols", body = Leaderboard),
        (status = 400, description = "invalid_rank, invalid_limit, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_leaderboard(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Leaderboard>, Problem> {
    let params = Params::read(&uri, &["venue", "quote", "by", "limit"])?;
    let by = params.parsed("by", Code::InvalidRank, rank)?;
    let (by, name) = by.unwrap_or((RankBy::QuoteVolume, RankName::QuoteVolume));
    let limit = params.parsed("limit", Code::InvalidLimit, |text| {
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {MOST}"))
    })?;
    let (venue, quote) = (params.text("venue"), params.text("quote"));
    let board = state.0.reader.board().await?;
    let symbols = board.ranked(by, limit.unwrap_or(DEFAULT), |day| {
        venue.is_none_or(|venue| day.symbol.venue() == venue)
            && quote.is_none_or(|quote| day.quote.as_deref() == Some(quote))
    });
    let symbols = symbols.into_iter().map(Ranked::from).collect();
    Ok(Json(Leaderboard { from: board.from, to: board.to, by: name, symbols }))
}

fn rank(text: &str) -> Result<(RankBy, RankName), String> {
    match text {
        "quote_volume" => Ok((RankBy::QuoteVolume, RankName::QuoteVolume)),
        "volume" => Ok((RankBy::Volume, RankName::Volume)),
        "trades" => Ok((RankBy::Trades, RankName::Trades)),
        "change" => Ok((RankBy::Change, RankName::Change)),
        _ => Err(format!("{text:?} is none of quote_volume, volume, trades and change")),
    }
}

impl From<&Board> for Ranked {
    fn from(board: &Board) -> Self {
        let day = &board.day;
        Self {
            symbol: day.symbol.clone(),
            base: day.base.clone(),
            quote: day.quote.clone(),
            replay: day.replay,
            price: board.price.normalize(),
            change: board.change,
            change_percent: board.change_percent,
            high: day.high.normalize(),
            low: day.low.normalize(),
            volume: day.volume,
            quote_volume: day.quote_volume,
            trade_count: day.trade_count,
        }
    }
}
