//! The paper venue: takes the orders of paper accounts and fills them from committed trades, live or replayed.
//!
//! It keeps its own durable state, as a real venue does: what it answered and what happened since is read back after any
//! crash. Rules of filling are `domain::trading::paper`; docs/paper.md tells them.

mod matcher;
mod settings;
mod sight;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use domain::Time;
use domain::ledger::{Order, OrderEvent};
use domain::market::{Order as Place, TickKind};
use domain::trading::paper::{Amendment, PaperOrder, PaperRefusal};
use store::market::symbols::{self, Symbol};
use store::trading::paper::{self as record, Progress};
use store::trading::paper_orders::{self as orders, NewPaperOrder};
use store::trading::paper_settings;
use store::{AsStoreError, Db, StoreError, Tx};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::Clock;
use crate::market::live::Live;
use crate::market::segments::{SegmentError, Segments};
pub use matcher::describe_metrics;
use sight::Sight;
use turn::Turn;

/// Whoever waits for reports looks again after this, whatever was heard.
const WAIT: Duration = Duration::from_secs(1);
/// So often the market is looked at anew because matching went on past what was seen of it.
const LOOKS: u32 = 5;

/// Why the venue doesn't do what it is asked. A refusal of an order is no error: it is its answer.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// It was never submitted here.
    #[error("the paper venue has no order {0}")]
    UnknownOrder(Uuid),
    /// Its account is another venue's.
    #[error("account {0} is no paper account")]
    NotPaper(Uuid),
    /// Nothing can be changed of it any more.
    #[error("order {0} has ended")]
    Ended(Uuid),
    /// The amendment doesn't fit the order.
    #[error("order {order}: {reason}")]
    Amendment {
        /// The order.
        order: Uuid,
        /// What is wrong.
        reason: PaperRefusal,
    },
    /// Trades that were moved out of the database can't be read.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The database's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AsStoreError for PaperError {
    fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Something that happened to an order after the venue took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperReport {
    /// Its place among all reports.
    pub seq: i64,
    /// The order.
    pub order: Uuid,
    /// `triggered`, `amended`, `filled`, `completed`, `cancelled` or `expired`.
    pub event: OrderEvent,
}

/// The venue. Cheap to clone.
#[derive(Clone)]
pub struct PaperVenue(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    live: Live,
    segments: Segments,
    /// There may be new reports.
    reported: Notify,
    /// There may be new orders.
    ordered: Notify,
}

/// What an order met when it came, where that was not too old to count.
type Met<T> = Result<Option<T>, PaperError>;

impl PaperVenue {
    /// The venue of a database. `live` tells of commits, `segments` has ticks that were moved out of the database.
    #[must_use]
    pub fn new(db: Db, clock: Clock, live: Live, segments: Segments) -> Self {
        let (reported, ordered) = (Notify::new(), Notify::new());
        Self(Arc::new(Inner { db, clock, live, segments, reported, ordered }))
    }

    /// Takes an order and answers `accepted` or `rejected`. Asked again under the same id it answers the same. Fills that
    /// follow at once come as reports.
    ///
    /// # Errors
    /// [`PaperError::NotPaper`]; the database's.
    pub async fn submit(&self, order: &Order) -> Result<OrderEvent, PaperError> {
        let now = self.0.clock.now();
        let symbol = symbols::get(&self.0.db, &order.terms.symbol).await?;
        let (answer, reports) = match &symbol {
            Some(symbol) => {
                let take = |tx, sight, patient| take(tx, order, symbol, sight, patient, now);
                let digits = sight::has_open_steps(symbol);
                self.meet(symbol.id, digits, "trading.paper_submit", take).await?
            }
            None => {
                let refuse = |tx: Tx| async move { refuse(&tx, order, now).await };
                (self.0.db.run("trading.paper_refuse", refuse).await?, vec![])
            }
        };
        metrics::counter!("chandlery_paper_orders_total", "answer" => answer.kind()).increment(1);
        self.0.ordered.notify_one();
        self.tell(&reports);
        Ok(answer)
    }

    /// Gives an order up; the answer comes as report. After the end of the order nothing happens.
    ///
    /// # Errors
    /// [`PaperError::UnknownOrder`]; the database's.
    pub async fn cancel(&self, order: Uuid) -> Result<(), PaperError> {
        let Some(symbol_id) = self.symbol_of(order).await? else { return Ok(()) };
        let now = self.0.clock.now();
        let cancel = |tx: Tx| async move {
            record::hold(&tx, symbol_id, TickKind::Trade).await?;
            let Some(mut row) = orders::read(&tx, order).await? else { return Ok(vec![]) };
            let mut turn = Turn::of(symbol_id);
            let events = row.order.cancel();
            if !events.is_empty() {
                turn.tell(order, events);
                turn.changed(row);
            }
            Ok::<_, PaperError>(turn.write(&tx, now).await?)
        };
        let reports = self.0.db.run("trading.paper_cancel", cancel).await?;
        self.tell(&reports);
        Ok(())
    }

    /// Changes an order; the answer comes as report. What the order says already is not reported again.
    ///
    /// # Errors
    /// [`PaperError::UnknownOrder`], [`PaperError::Ended`], [`PaperError::Amendment`]; the database's.
    pub async fn amend(&self, order: Uuid, to: Amendment) -> Result<(), PaperError> {
        let symbol_id = self.symbol_of(order).await?.ok_or(PaperError::Ended(order))?;
        let now = self.0.clock.now();
        let change = |tx, sight, patient| amend(tx, order, to, symbol_id, sight, patient, now);
        let reports = self.meet(symbol_id, false, "trading.paper_amend", change).await?;
        self.tell(&reports);
        Ok(())
    }

    /// What happened past `after`, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn reports(&self, after: i64, limit: usize) -> Result<Vec<PaperReport>, PaperError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let reports = record::reports(&self.0.db, after, limit).await?;
        let report = |(seq, order, event)| PaperReport { seq, order, event };
        Ok(reports.into_iter().map(report).collect())
    }

    /// Waits until there may be new reports, a second at the most. Meant for one who waits.
    pub async fn wait_for_reports(&self) {
        // That the time is over is no failure: whoever waits looks again.
        let _ = tokio::time::timeout(WAIT, self.0.reported.notified()).await;
    }

    /// Does what needs the market as it is now; again where matching went on past what was seen of it.
    async fn meet<T, F>(
        &self,
        symbol_id: i32,
        digits: bool,
        name: &'static str,
        work: impl Fn(Tx, Arc<Sight>, bool) -> F,
    ) -> Result<T, PaperError>
    where
        F: Future<Output = Met<T>>,
    {
        let mut kind = None;
        for look in 1.. {
            let sight = Arc::new(self.look(symbol_id, kind, digits).await?);
            let done = self.0.db.run(name, |tx| work(tx, Arc::clone(&sight), look < LOOKS));
            if let Some(done) = done.await? {
                return Ok(done);
            }
            kind = record::progress(&self.0.db, symbol_id).await?.map(|progress| progress.kind);
        }
        Err(StoreError::Unexpected("the market moves too fast".to_owned()).into())
    }

    /// The symbol's number of an order that was taken.
    async fn symbol_of(&self, order: Uuid) -> Result<Option<i32>, PaperError> {
        let found = orders::symbol_of(&self.0.db, order).await?;
        found.map(|(_, symbol_id)| symbol_id).ok_or(PaperError::UnknownOrder(order))
    }

    /// Wakes whoever waits for what was just committed.
    fn tell(&self, reports: &[(Uuid, OrderEvent)]) {
        for (_, event) in reports {
            metrics::counter!("chandlery_paper_reports_total", "event" => event.kind())
                .increment(1);
        }
        if !reports.is_empty() {
            self.0.reported.notify_one();
        }
    }
}

type Reports = Vec<(Uuid, OrderEvent)>;

/// The answer to an order in a symbol that nobody knows.
async fn refuse(tx: &Tx, order: &Order, now: Time) -> Result<OrderEvent, PaperError> {
    let account = order.terms.account;
    paper_settings::of_paper(tx, account).await?.ok_or(PaperError::NotPaper(account))?;
    if let Some(answer) = orders::answer(tx, order.id).await? {
        return Ok(answer);
    }
    let symbol = order.terms.symbol.to_string();
    let reason = format!("the paper venue knows no symbol {symbol}");
    let answer = &OrderEvent::Rejected { code: "unknown_symbol".to_owned(), reason };
    let (id, taken) = (order.id, Err(answer));
    let new = NewPaperOrder { id, account, symbol, symbol_id: None, taken, seen: None };
    Ok(orders::insert(tx, &new, now).await?)
}

/// Holds a symbol at the moment that was seen of it, which must not lie before what its orders have met; gives the last
/// trade before that moment, or `None` where the market is to be looked at again.
async fn hold(
    tx: &Tx,
    symbol_id: i32,
    sight: &Sight,
    patient: bool,
) -> Result<Option<Option<Place>>, StoreError> {
    let Progress { kind, seen } = record::hold(tx, symbol_id, sight.kind).await?;
    if !record::has_open(tx, symbol_id).await? {
        // Nobody has met anything: the symbol is followed from here on.
        let progress = Progress { kind: sight.kind, seen: sight.last };
        record::advance(tx, symbol_id, progress).await?;
        return Ok(Some(sight.last));
    }
    let is_old = kind != sight.kind || seen > sight.last;
    Ok((!(patient && is_old)).then(|| seen.max(sight.last)))
}

async fn take(
    tx: Tx,
    order: &Order,
    symbol: &Symbol,
    sight: Arc<Sight>,
    patient: bool,
    now: Time,
) -> Met<(OrderEvent, Reports)> {
    let account = order.terms.account;
    let settings = paper_settings::of_paper(&tx, account).await?;
    let settings = settings.ok_or(PaperError::NotPaper(account))?;
    let held = hold(&tx, symbol.id, &sight, patient).await?;
    if let Some(answer) = orders::answer(&tx, order.id).await? {
        return Ok(Some((answer, vec![])));
    }
    let Some(seen) = held else { return Ok(None) };
    let mut turn = Turn::of(symbol.id);
    let of = turn.load(&tx, &order.terms).await?;
    let (market, steps) = (sight.market.as_ref(), sight::steps(symbol, sight.digits));
    let arrived = PaperOrder::arrive(order, settings, steps, market, turn.position(of));
    let arrived = arrived.map_err(|refusal| OrderEvent::Rejected {
        code: refusal.code().to_owned(),
        reason: refusal.to_string(),
    });
    let new = NewPaperOrder {
        id: order.id,
        account,
        symbol: order.terms.symbol.to_string(),
        symbol_id: Some(symbol.id),
        taken: arrived.as_ref().map(|(taken, _)| taken),
        seen,
    };
    let answer = orders::insert(&tx, &new, now).await?;
    if let Ok((_, events)) = arrived {
        turn.tell(order.id, events);
    }
    Ok(Some((answer, turn.write(&tx, now).await?)))
}

async fn amend(
    tx: Tx,
    order: Uuid,
    to: Amendment,
    symbol_id: i32,
    sight: Arc<Sight>,
    patient: bool,
    now: Time,
) -> Met<Reports> {
    let Some(seen) = hold(&tx, symbol_id, &sight, patient).await? else { return Ok(None) };
    let mut row = orders::read(&tx, order).await?.ok_or(PaperError::Ended(order))?;
    let mut turn = Turn::of(symbol_id);
    let of = turn.load(&tx, &row.order.terms).await?;
    let events = row.order.amend(to, sight.market.as_ref(), turn.position(of));
    let events = events.map_err(|reason| match reason {
        PaperRefusal::Ended => PaperError::Ended(order),
        reason => PaperError::Amendment { order, reason },
    })?;
    if !events.is_empty() {
        turn.tell(order, events);
        row.seen = row.seen.max(seen);
        turn.changed(row);
    }
    Ok(Some(turn.write(&tx, now).await?))
}
