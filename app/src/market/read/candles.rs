//! Candles by page, or a whole range in chunks of bounded size.

use std::sync::Arc;

use adapters::market::files::CandleSchema;
use domain::Time;
use domain::market::{Candle, Interval, Order, Origin, SymbolName, TimeRange};
use futures_util::stream::{self, Stream};
use store::market::candles::CandleQuery;
use tokio::sync::mpsc;

use super::page::Bounds;
use super::{CHUNK_ROWS, MarketReader, PageRequest, ReadError};
use crate::market::segments::{ArrowPiece, CandleArrow, SegmentError};

/// Which candles are wanted. Times are opening times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandleRequest {
    /// Of which symbol.
    pub symbol: SymbolName,
    /// Of which interval.
    pub interval: Interval,
    /// Of this origin only; otherwise the best there is for each time.
    pub origin: Option<Origin>,
    /// Which of them.
    pub page: PageRequest,
}

/// A request made definite: equal plans have equal answers as long as nothing is committed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CandlePlan {
    /// The symbol's number in the database.
    pub symbol_id: i32,
    /// The interval.
    pub interval: Interval,
    origin: Option<Origin>,
    bounds: Bounds,
}

/// Some candles and the way to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandlePage {
    /// In the order asked for.
    pub candles: Vec<Candle>,
    /// Leads to the next page in the same order, if there is one.
    pub next: Option<String>,
}

impl MarketReader {
    /// Makes a request definite.
    ///
    /// # Errors
    /// Every [`ReadError`].
    pub async fn plan_candles(&self, request: &CandleRequest) -> Result<CandlePlan, ReadError> {
        let CandleRequest { symbol, interval, origin, page } = request;
        let bounds = page.bounds(&series(symbol, *interval, *origin))?;
        let symbol_id = self.known(symbol).await?.id;
        Ok(CandlePlan { symbol_id, interval: *interval, origin: *origin, bounds })
    }

    /// One page. `symbol` is the one the plan was made for.
    ///
    /// # Errors
    /// The database's.
    pub async fn candles(
        &self,
        symbol: &SymbolName,
        plan: &CandlePlan,
    ) -> Result<CandlePage, ReadError> {
        let (_, rows) = plan.bounds.limits();
        let query = plan.query(plan.bounds.after.map(|after| after.time), rows);
        let mut candles = self.read(&query, plan.bounds.as_of).await?;
        let more = plan.bounds.cut(&mut candles);
        let next = candles.last().filter(|_| more).map(|last| {
            let series = series(symbol, plan.interval, plan.origin);
            plan.bounds.cursor(series, Order { time: last.open_time, seq: 0, id: 0 })
        });
        Ok(CandlePage { candles, next })
    }

    /// The whole range, whatever the limit, some thousand candles at a time.
    pub fn all_candles(
        &self,
        plan: CandlePlan,
    ) -> impl Stream<Item = Result<Vec<Candle>, ReadError>> + Send + 'static {
        let reader = self.clone();
        let start = plan.bounds.after.map(|after| after.time);
        stream::try_unfold(Some(start), move |state| {
            let (reader, plan) = (reader.clone(), plan.clone());
            async move {
                let Some(after) = state else { return Ok(None) };
                let query = plan.query(after, i64::from(CHUNK_ROWS));
                let chunk = reader.read(&query, plan.bounds.as_of).await?;
                let Some(last) = chunk.last() else { return Ok(None) };
                let full = chunk.len() == CHUNK_ROWS as usize;
                let next = full.then_some(Some(last.open_time));
                Ok(Some((chunk, next)))
            }
        })
    }

    /// The whole range for an Arrow stream whose numbers have the places of `schema`. `None` where
    /// it is to be made of [`MarketReader::all_candles`]: newest first, or as of a time.
    #[must_use]
    pub fn candle_pieces(
        &self,
        plan: &CandlePlan,
        schema: CandleSchema,
    ) -> Option<mpsc::Receiver<Result<ArrowPiece, SegmentError>>> {
        let Bounds { after, as_of, .. } = plan.bounds;
        if plan.bounds.descending() || as_of.is_some() {
            return None;
        }
        let CandleQuery { symbol_id, interval, origin, from, to, .. } =
            plan.query(after.map(|after| after.time), 0);
        // Two pieces ahead of the client: one being sent, one being made.
        let (out, pieces) = mpsc::channel(2);
        if let Some(range) = TimeRange::new(from, to) {
            let inner = Arc::clone(&self.0);
            let wanted = CandleArrow { symbol_id, interval, origin, range, schema };
            tokio::spawn(async move { inner.segments.send_candles(&inner.db, wanted, out).await });
        }
        Some(pieces)
    }

    /// What is stored, or what was known at a time.
    async fn read(
        &self,
        query: &CandleQuery,
        as_of: Option<Time>,
    ) -> Result<Vec<Candle>, ReadError> {
        match as_of {
            Some(as_of) => self.known_at(query, as_of).await,
            None => self.page_of_candles(query).await,
        }
    }

    /// What is stored.
    pub(super) async fn stored_candles(
        &self,
        query: &CandleQuery,
    ) -> Result<Vec<Candle>, ReadError> {
        Ok(self.0.segments.candle_page(&self.0.db, query).await?)
    }
}

impl CandlePlan {
    /// The time as of which the candles are wanted, where not as they are now.
    #[must_use]
    pub fn as_of(&self) -> Option<Time> {
        self.bounds.as_of
    }

    fn query(&self, after: Option<Time>, limit: i64) -> CandleQuery {
        let Bounds { from, to, .. } = self.bounds;
        let descending = self.bounds.descending();
        let (from, to) = match after {
            Some(after) if descending => (from, to.min(after)),
            Some(after) => (from.max(after.plus_micros(1)), to),
            None => (from, to),
        };
        let Self { symbol_id, interval, origin, .. } = *self;
        CandleQuery { symbol_id, interval, origin, from, to, descending, limit }
    }
}

fn series(symbol: &SymbolName, interval: Interval, origin: Option<Origin>) -> String {
    let origin = origin.map_or("best", Origin::as_str);
    format!("candles/{symbol}/{interval}/{origin}")
}
