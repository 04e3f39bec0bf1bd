//! Reading the market.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::client::{Call, Client};
use crate::model::{Candle, Interval, Price, Segment, Symbol, Tick};
use crate::pages::{Page, Pages, pairs};

const CANDLES: &str = "/v1/market/candles";
const TICKS: &str = "/v1/market/ticks";
const LONGEST_PAGE: u32 = 5_000;

/// Which candles. Without a range the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CandleQuery {
    /// `venue:CODE`.
    pub symbol: String,
    /// How long a candle lasts.
    pub interval: Interval,
    /// From this opening time on.
    pub from: Option<Timestamp>,
    /// Before this opening time.
    pub to: Option<Timestamp>,
    /// Most candles of a page.
    pub limit: Option<u32>,
    /// `asc` or `desc`.
    pub order: Option<String>,
    /// Only those of this origin: `venue`, `trades`, …
    pub origin: Option<String>,
    /// As they were known at this time.
    pub as_of: Option<Timestamp>,
    /// Fail with `coverage_too_low` where less than this share of them is there, `"0.999"`.
    pub min_coverage: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Which ticks. Without a range the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TickQuery {
    /// `venue:CODE`.
    pub symbol: String,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Most ticks of a page.
    pub limit: Option<u32>,
    /// `asc` or `desc`.
    pub order: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl CandleQuery {
    /// All candles of a symbol and interval.
    #[must_use]
    pub fn new(symbol: &str, interval: Interval) -> Self {
        Self {
            symbol: symbol.to_owned(),
            interval,
            from: None,
            to: None,
            limit: None,
            order: None,
            origin: None,
            as_of: None,
            min_coverage: None,
            cursor: None,
        }
    }

    /// Those that open in a range, without its end.
    #[must_use]
    pub fn between(self, from: Timestamp, to: Timestamp) -> Self {
        Self { from: Some(from), to: Some(to), ..self }
    }
}

impl TickQuery {
    /// All ticks of a symbol.
    #[must_use]
    pub fn new(symbol: &str) -> Self {
        let symbol = symbol.to_owned();
        Self { symbol, from: None, to: None, limit: None, order: None, cursor: None }
    }

    /// Those in a range, without its end.
    #[must_use]
    pub fn between(self, from: Timestamp, to: Timestamp) -> Self {
        Self { from: Some(from), to: Some(to), ..self }
    }
}

#[derive(Deserialize)]
struct Symbols {
    symbols: Vec<Symbol>,
}

impl Client {
    /// All symbols with their last price.
    ///
    /// # Errors
    /// Whatever a call may fail with; so of all below.
    pub async fn symbols(&self) -> Result<Vec<Symbol>> {
        Ok(self.get::<Symbols>("/v1/market/symbols".to_owned()).await?.symbols)
    }

    /// One symbol and the rules of its venue.
    ///
    /// # Errors
    /// `unknown_symbol`.
    pub async fn symbol(&self, symbol: &str) -> Result<Symbol> {
        self.get(format!("/v1/market/symbols/{}", Segment(symbol))).await
    }

    /// A symbol's latest price.
    ///
    /// # Errors
    /// `unknown_symbol`.
    pub async fn price(&self, symbol: &str) -> Result<Price> {
        let query = vec![("symbol".to_owned(), symbol.to_owned())];
        self.ask(Call::new(Method::GET, "/v1/market/price".to_owned()).query(query)).await
    }

    /// A page of candles; without range, order and cursor the newest 500, oldest of them first.
    ///
    /// # Errors
    /// `unknown_symbol`, `coverage_too_low`.
    pub async fn candles(&self, query: &CandleQuery) -> Result<Page<Candle>> {
        self.query(CANDLES, pairs(query)).await
    }

    /// Candles, however many, page by page; the oldest first unless the order is another.
    #[must_use]
    pub fn candle_pages(&self, mut query: CandleQuery) -> Pages<Candle> {
        query.order.get_or_insert_with(|| "asc".to_owned());
        query.limit.get_or_insert(LONGEST_PAGE);
        Pages::new(self, CANDLES, pairs(&query))
    }

    /// A page of ticks; without range, order and cursor the newest.
    ///
    /// # Errors
    /// `unknown_symbol`.
    pub async fn ticks(&self, query: &TickQuery) -> Result<Page<Tick>> {
        self.query(TICKS, pairs(query)).await
    }

    /// Ticks, however many, page by page; the oldest first unless the order is another.
    #[must_use]
    pub fn tick_pages(&self, mut query: TickQuery) -> Pages<Tick> {
        query.order.get_or_insert_with(|| "asc".to_owned());
        query.limit.get_or_insert(LONGEST_PAGE);
        Pages::new(self, TICKS, pairs(&query))
    }
}
