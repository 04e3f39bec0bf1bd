//! `depth` and `ticker/bookTicker`: best bid and ask, as last heard in the venue's stream or, where
//! nothing was heard lately, as the venue tells it now. More of the book is not kept, so `depth` has one level.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Decimal;
use domain::market::{BookTicker, SymbolName};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::Refusal;
use super::params::{Query, Symbols};
use super::{eight, known};
use crate::state::ApiState;

/// A book that was heard of longer ago is asked for anew.
const STALE_MICROS: i64 = 60_000_000;

/// Best bid and ask; zeros where there is none, as Binance writes an empty book.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Book {
    symbol: String,
    bid_price: String,
    bid_qty: String,
    ask_price: String,
    ask_qty: String,
}

impl Book {
    fn new(symbol: &SymbolName, book: Option<BookTicker>) -> Self {
        let [bid_price, bid_qty, ask_price, ask_qty] = figures(book);
        Self { symbol: symbol.code().to_owned(), bid_price, bid_qty, ask_price, ask_qty }
    }
}

/// Bid, its quantity, ask, its quantity.
pub(super) fn figures(book: Option<BookTicker>) -> [String; 4] {
    let figures = book.map_or([Decimal::ZERO; 4], |book| {
        [book.bid, book.bid_quantity, book.ask, book.ask_quantity]
    });
    figures.map(eight)
}

/// What is known of a book now.
pub(super) async fn now(state: &ApiState, symbol: &SymbolName) -> Option<BookTicker> {
    let heard = state.0.live.book(symbol);
    let now = state.0.clock.now();
    if let Some(book) = heard.filter(|book| book.time.plus_micros(STALE_MICROS) > now) {
        return Some(book);
    }
    match state.0.fetcher.book(symbol).await {
        Ok(Some(book)) => {
            state.0.live.set_book(symbol, book);
            Some(book)
        }
        Ok(None) => heard,
        Err(error) => {
            tracing::debug!(%symbol, %error, "the venue gives no book");
            heard
        }
    }
}

/// One level of the book.
pub(super) async fn depth(State(state): State<ApiState>, uri: Uri) -> Result<Json<Value>, Refusal> {
    let query = Query::read(&uri, &["symbol", "limit", "symbolStatus"])?;
    query.limit_within(100, 5_000)?;
    let symbol = known(&state, query.symbol()?).await?;
    let book = now(&state, &symbol).await;
    let side = |price: fn(&BookTicker) -> (Decimal, Decimal)| -> Vec<[String; 2]> {
        let level = book.as_ref().map(price).filter(|(_, quantity)| !quantity.is_zero());
        level.map(|(price, quantity)| [eight(price), eight(quantity)]).into_iter().collect()
    };
    Ok(Json(json!({
        "lastUpdateId": book.and_then(|book| book.update_id).unwrap_or_default(),
        "bids": side(|book| (book.bid, book.bid_quantity)),
        "asks": side(|book| (book.ask, book.ask_quantity)),
    })))
}

/// Best bid and ask of one symbol, several, or all of which they were heard.
pub(super) async fn book_ticker(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let query = Query::read(&uri, &["symbol", "symbols", "symbolStatus"])?;
    let several = match query.symbols()? {
        Symbols::One(code) => {
            let symbol = known(&state, &code).await?;
            let book = now(&state, &symbol).await;
            return Ok(Json(json!(Book::new(&symbol, book))));
        }
        several => several,
    };
    let symbols = super::tickers::listed(&state, several).await?;
    let book = |symbol: &SymbolName| Book::new(symbol, state.0.live.book(symbol));
    let books: Vec<Book> = symbols.iter().map(book).collect();
    Ok(Json(json!(books)))
}
