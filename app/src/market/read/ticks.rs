//! Ticks by page, or a whole range in chunks of bounded size.

use std::sync::Arc;

use domain::market::{Order, SymbolName, Tick, TickKind};
use futures_util::stream::{self, Stream};
use store::market::holdings::{self, TICK};
use store::market::ticks::TickQuery;

use super::page::Bounds;
use super::{CHUNK_ROWS, MarketReader, PageRequest, ReadError};

/// Which ticks are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickRequest {
    /// Of which symbol.
    pub symbol: SymbolName,
    /// Single or aggregate trades; without it single ones where the symbol has any.
    pub kind: Option<TickKind>,
    /// Which of them.
    pub page: PageRequest,
}

/// A request made definite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickPlan {
    /// Single or aggregate trades.
    pub kind: TickKind,
    symbol_id: i32,
    bounds: Bounds,
}

/// Some ticks and the way to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickPage {
    /// In the order asked for.
    pub ticks: Vec<Tick>,
    /// Leads to the next page in the same order, if there is one.
    pub next: Option<String>,
}

impl MarketReader {
    /// Makes a request definite.
    ///
    /// # Errors
    /// Every [`ReadError`].
    pub async fn plan_ticks(&self, request: &TickRequest) -> Result<TickPlan, ReadError> {
        let TickRequest { symbol, kind, page } = request;
        let symbol_id = self.known(symbol).await?.id;
        let (kind, bounds) = match kind {
            Some(kind) => (*kind, page.bounds(&series(symbol, *kind))?),
            // A cursor knows which kind it pages through.
            None if page.cursor.is_some() => match page.bounds(&series(symbol, TickKind::Trade)) {
                Ok(bounds) => (TickKind::Trade, bounds),
                Err(_) => (TickKind::AggTrade, page.bounds(&series(symbol, TickKind::AggTrade))?),
            },
            None => {
                let kind = self.usual_kind(symbol_id).await?;
                (kind, page.bounds(&series(symbol, kind))?)
            }
        };
        Ok(TickPlan { kind, symbol_id, bounds })
    }

    /// One page. `symbol` is the one the plan was made for.
    ///
    /// # Errors
    /// The database's.
    pub async fn ticks(&self, symbol: &SymbolName, plan: &TickPlan) -> Result<TickPage, ReadError> {
        let (_, rows) = plan.bounds.limits();
        let query = plan.query(plan.bounds.after, rows);
        let mut ticks = self.page_of_ticks(&query).await?;
        let more = plan.bounds.cut(&mut ticks);
        let last = ticks.last().filter(|_| more);
        let next = last.map(|last| plan.bounds.cursor(series(symbol, plan.kind), last.order()));
        Ok(TickPage { ticks, next })
    }

    /// The whole range, whatever the limit, some thousand ticks at a time.
    pub fn all_ticks(
        &self,
        plan: TickPlan,
    ) -> impl Stream<Item = Result<Vec<Tick>, ReadError>> + Send + 'static {
        let inner = Arc::clone(&self.0);
        stream::try_unfold(Some(plan.bounds.after), move |state| {
            let (inner, plan) = (Arc::clone(&inner), plan.clone());
            async move {
                let Some(after) = state else { return Ok(None) };
                let query = plan.query(after, i64::from(CHUNK_ROWS));
                let chunk = inner.segments.tick_page(&inner.db, &query).await?;
                let Some(last) = chunk.last() else { return Ok(None) };
                let full = chunk.len() == CHUNK_ROWS as usize;
                let next = full.then_some(Some(last.order()));
                Ok(Some((chunk, next)))
            }
        })
    }

    /// What is stored.
    pub(super) async fn stored_ticks(&self, query: &TickQuery) -> Result<Vec<Tick>, ReadError> {
        Ok(self.0.segments.tick_page(&self.0.db, query).await?)
    }

    /// Single trades where the symbol has any.
    async fn usual_kind(&self, symbol_id: i32) -> Result<TickKind, ReadError> {
        if let Some(kind) = self.0.kinds.get(&symbol_id).await {
            return Ok(kind);
        }
        let held = holdings::of_symbol(&self.0.db, symbol_id).await?;
        let holds =
            |kind: TickKind| held.iter().any(|h| h.interval == TICK && h.origin == kind.as_str());
        let single = holds(TickKind::Trade);
        let kind = if single { TickKind::Trade } else { TickKind::AggTrade };
        // Where there are no ticks yet the answer is about to change.
        if single || holds(TickKind::AggTrade) {
            self.0.kinds.insert(symbol_id, kind).await;
        }
        Ok(kind)
    }
}

impl TickPlan {
    fn query(&self, after: Option<Order>, limit: i64) -> TickQuery {
        let Bounds { from, to, .. } = self.bounds;
        let descending = self.bounds.descending();
        TickQuery { symbol_id: self.symbol_id, kind: self.kind, from, to, descending, after, limit }
    }
}

fn series(symbol: &SymbolName, kind: TickKind) -> String {
    format!("ticks/{symbol}/{kind}")
}
