//! `GET /v1/market/symbols`: all symbols with their last price and the day before it.

use app::market::read::SymbolView;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::market::SymbolName;
use domain::{Amount, Decimal, Time};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::model::{IntervalName, maybe_text, text};
use crate::params::Params;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Which symbols.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct SymbolsParams {
    /// Only symbols that were listed at this time: RFC 3339 or epoch milliseconds. One of which
    /// the venue doesn't say when it was listed counts as listed.
    at: Option<String>,
}

/// A symbol with its last price.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Symbol {
    /// Its name, `venue:CODE`.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, examples("binance:BTCUSDT"))]
    symbol: SymbolName,
    /// The venue.
    #[schema(examples("binance"))]
    venue: String,
    /// The venue's own code.
    #[schema(examples("BTCUSDT"))]
    code: String,
    /// The asset bought and sold.
    #[schema(required, examples("BTC"))]
    base: Option<String>,
    /// The asset paid with.
    #[schema(required, examples("USDT"))]
    quote: Option<String>,
    /// Whether it can be traded.
    active: bool,
    /// Whether its prices are a past played again, not a market's present.
    replay: bool,
    /// For a replay, the symbol whose past is played.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required)]
    replay_of: Option<SymbolName>,
    /// Digits after the point of a price.
    #[schema(required)]
    price_precision: Option<i16>,
    /// Digits after the point of a quantity.
    #[schema(required)]
    quantity_precision: Option<i16>,
    /// Prices are multiples of this.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("0.01"))]
    tick_size: Option<Decimal>,
    /// Quantities are multiples of this.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("0.00001"))]
    lot_size: Option<Decimal>,
    /// Smallest quantity of an order, in base.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal")]
    min_quantity: Option<Decimal>,
    /// Smallest price × quantity of an order, in quote.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal")]
    min_notional: Option<Decimal>,
    /// When the venue listed it.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = DateTime)]
    listed_at: Option<Time>,
    /// When the venue took it off.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = DateTime)]
    delisted_at: Option<Time>,
    /// Its last price.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("61794.15"))]
    last_price: Option<Decimal>,
    /// When that was traded; for the close of a candle, the candle's end.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = DateTime)]
    last_time: Option<Time>,
    /// The last price minus that of 24 hours before.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("-123.4"))]
    change_24h: Option<Amount>,
    /// The same in percent, rounded to two places.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("-0.20"))]
    change_24h_percent: Option<Decimal>,
    /// Units of base traded in the last 24 hours.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("1234.5"))]
    volume_24h: Option<Amount>,
    /// The intervals it has candles of, shortest first.
    intervals: Vec<IntervalName>,
}

/// All symbols.
#[derive(Serialize, ToSchema)]
pub(crate) struct SymbolList {
    /// By venue and code.
    symbols: Vec<Symbol>,
}

/// All symbols with their last price
#[utoipa::path(
    get,
    path = "/v1/market/symbols",
    tag = "market",
    operation_id = "list_symbols",
    params(SymbolsParams),
    responses(
        (status = 200, description = "The symbols", body = SymbolList),
        (status = 400, description = "invalid_time, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_symbols(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<SymbolList>, Problem> {
    let at = Params::read(&uri, &["at"])?.time("at")?;
    let symbols = state.0.reader.symbols(at).await?;
    Ok(Json(SymbolList { symbols: symbols.into_iter().map(Symbol::from).collect() }))
}

impl From<SymbolView> for Symbol {
    fn from(view: SymbolView) -> Self {
        let SymbolView { symbol, .. } = view;
        let plain = |value: Option<Decimal>| value.map(|value| value.normalize());
        Self {
            venue: symbol.name.venue().to_owned(),
            code: symbol.name.code().to_owned(),
            symbol: symbol.name,
            base: symbol.base,
            quote: symbol.quote,
            active: symbol.rules.active,
            replay: symbol.replay_of.is_some(),
            replay_of: symbol.replay_of,
            price_precision: symbol.rules.price_precision,
            quantity_precision: symbol.rules.quantity_precision,
            tick_size: plain(symbol.rules.tick_size),
            lot_size: plain(symbol.rules.lot_size),
            min_quantity: plain(symbol.rules.min_quantity),
            min_notional: plain(symbol.rules.min_notional),
            listed_at: symbol.listed_at,
            delisted_at: symbol.delisted_at,
            last_price: plain(view.last_price),
            last_time: view.last_time,
            change_24h: view.change_24h,
            change_24h_percent: view.change_24h_percent,
            volume_24h: view.volume_24h,
            intervals: view.intervals.into_iter().map(IntervalName::from).collect(),
        }
    }
}
