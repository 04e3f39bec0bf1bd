//! `trades`, `historicalTrades` and `aggTrades`, from the ticks that are stored.

use app::market::read::{Aggregate, TradesWanted};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::market::{SymbolName, Tick, TickKind};
use domain::{Amount, Time};
use serde::Serialize;

use super::error::Refusal;
use super::params::Query;
use super::{eight, known};
use crate::state::ApiState;

/// A single trade.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Trade {
    id: i64,
    price: String,
    qty: String,
    quote_qty: String,
    time: i64,
    is_buyer_maker: bool,
    is_best_match: bool,
}

impl Trade {
    fn new(tick: &Tick) -> Self {
        Self {
            id: tick.trade_id,
            price: eight(tick.price),
            qty: eight(tick.quantity),
            quote_qty: eight(Amount::product(tick.price, tick.quantity)),
            time: tick.time.millis(),
            // Where the source doesn't say there is no third answer.
            is_buyer_maker: tick.buyer_is_maker.unwrap_or_default(),
            is_best_match: true,
        }
    }
}

/// An aggregate trade, also as the streams tell it.
#[derive(Serialize)]
pub(super) struct AggTrade {
    #[serde(rename = "a")]
    id: i64,
    #[serde(rename = "p")]
    price: String,
    #[serde(rename = "q")]
    quantity: String,
    /// -1 where the ids of the trades in it are not known.
    #[serde(rename = "f")]
    first: i64,
    #[serde(rename = "l")]
    last: i64,
    #[serde(rename = "T")]
    time: i64,
    #[serde(rename = "m")]
    buyer_is_maker: bool,
    #[serde(rename = "M")]
    best_match: bool,
}

impl AggTrade {
    pub(super) fn new(aggregate: &Aggregate) -> Self {
        let (first, last) = aggregate.trades.unwrap_or((-1, -1));
        Self {
            id: aggregate.id,
            price: eight(aggregate.price),
            quantity: eight(aggregate.quantity),
            first,
            last,
            time: aggregate.time.millis(),
            buyer_is_maker: aggregate.buyer_is_maker.unwrap_or_default(),
            best_match: true,
        }
    }
}

/// The newest single trades.
pub(super) async fn trades(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Vec<Trade>>, Refusal> {
    let query = Query::read(&uri, &["symbol", "limit"])?;
    let limit = query.limit()?;
    let symbol = known(&state, query.symbol()?).await?;
    single(&state, &symbol, TradesWanted::Newest, limit).await
}

/// Single trades from an id on, or the newest.
pub(super) async fn historical_trades(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Vec<Trade>>, Refusal> {
    let query = Query::read(&uri, &["symbol", "limit", "fromId"])?;
    let limit = query.limit()?;
    let wanted = query.number("fromId")?.map_or(TradesWanted::Newest, TradesWanted::FromId);
    let symbol = known(&state, query.symbol()?).await?;
    single(&state, &symbol, wanted, limit).await
}

async fn single(
    state: &ApiState,
    symbol: &SymbolName,
    wanted: TradesWanted,
    limit: u32,
) -> Result<Json<Vec<Trade>>, Refusal> {
    let reader = &state.0.reader;
    let mut ticks = reader.trades(symbol, TickKind::Trade, wanted, limit).await?;
    if ticks.is_empty() {
        let mut kind = reader.newest_kind(symbol).await?;
        if kind.is_none()
            && let Some((of_venue, fetched)) =
                state.0.fetcher.trades(symbol, wanted, limit as usize).await?
        {
            (kind, ticks) = (Some(of_venue), fetched);
        }
        if kind == Some(TickKind::AggTrade) {
            let code = symbol.code();
            let why = format!("only aggregate trades of {code} are kept; ask for aggTrades");
            return Err(Refusal::unsupported(&why));
        }
    }
    Ok(Json(ticks.iter().map(Trade::new).collect()))
}

/// Aggregate trades from an id on, within a range of time, or the newest.
pub(super) async fn agg_trades(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Vec<AggTrade>>, Refusal> {
    let query = Query::read(&uri, &["symbol", "fromId", "startTime", "endTime", "limit"])?;
    let limit = query.limit()?;
    let (from, end) = (query.time("startTime")?, query.time("endTime")?);
    let wanted = match (query.number("fromId")?, from, end) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => return Err(Refusal::bad_combination()),
        (Some(id), None, None) => TradesWanted::FromId(id),
        (None, None, None) => TradesWanted::Newest,
        (None, from, end) => {
            // The last millisecond belongs to what is asked for.
            TradesWanted::Between(from, end.map_or(Time::MAX, |end| end.plus_micros(1_000)))
        }
    };
    let symbol = known(&state, query.symbol()?).await?;
    let reader = &state.0.reader;
    let kind = reader.newest_kind(&symbol).await?.unwrap_or(TickKind::AggTrade);
    let mut aggregates = reader.aggregates(&symbol, kind, wanted, limit).await?;
    if aggregates.is_empty()
        && let Some((kind, ticks)) = state.0.fetcher.trades(&symbol, wanted, limit as usize).await?
    {
        aggregates = Aggregate::of_ticks(kind, &ticks);
    }
    Ok(Json(aggregates.iter().map(AggTrade::new).collect()))
}
