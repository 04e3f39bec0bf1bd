//! Matching: every committed trade of a symbol with open orders is looked at once, in the market's order, by one process.

use std::collections::HashMap;
use std::time::Duration;

use domain::ledger::OrderEvent;
use domain::market::{Order as Place, Tick};
use domain::trading::paper::{Market, Tape};
use domain::{Amount, Time};
use store::Tx;
use store::trading::paper::{self as record, Progress};
use store::trading::paper_orders as orders;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::turn::Turn;
use super::{PaperError, PaperVenue};
use crate::listen::{Heard, listen};

/// Trades looked at in one transaction.
const PAGE: i64 = 2_000;
/// All symbols are looked at so often, whatever was heard.
const BEAT: Duration = Duration::from_secs(1);
/// So long commits are gathered before they are looked at.
const GATHER: Duration = Duration::from_millis(10);

/// What a process knows that matches; all of it can be read again.
#[derive(Default)]
struct Matcher {
    /// The tape of a symbol behind a trade.
    tapes: HashMap<i32, (Option<Place>, Tape)>,
    /// What had been committed of a symbol when it was last looked at.
    versions: HashMap<i32, Option<(u64, u64)>>,
}

impl PaperVenue {
    /// Matches orders with trades until `stop`, in the one process that does; in every process it hears of reports.
    pub async fn run(self, stop: CancellationToken) {
        let hearing = listen(&self.0.db, record::LISTEN, &stop, |heard| match heard {
            Heard::Lost => {}
            Heard::Notice(what) if what == "reports" => self.0.reported.notify_one(),
            Heard::Notice(_) => self.0.ordered.notify_one(),
            Heard::Connected => {
                self.0.reported.notify_one();
                self.0.ordered.notify_one();
            }
        });
        let matching = async {
            while !stop.is_cancelled() {
                if let Err(error) = self.lead(&stop).await {
                    tracing::warn!(%error, "paper orders can't be matched for the moment");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(BEAT) => {}
                }
            }
        };
        tokio::join!(hearing, matching);
    }

    /// Matches whatever is committed now; gives how many reports came of it.
    ///
    /// # Errors
    /// The database's.
    pub async fn catch_up(&self) -> Result<usize, PaperError> {
        let mut matcher = Matcher::default();
        let mut count = 0;
        for (symbol_id, _) in record::open_symbols(&self.0.db).await? {
            count += self.follow(&mut matcher, symbol_id).await?;
        }
        Ok(count)
    }

    /// Matches for as long as this process is the one that does.
    async fn lead(&self, stop: &CancellationToken) -> Result<(), PaperError> {
        let session = self.0.db.session().await?;
        if !record::try_lead(&session).await? {
            return Ok(());
        }
        let mut matcher = Matcher::default();
        let mut events = self.0.live.subscribe();
        let mut open = Vec::new();
        let mut whole = true;
        while !stop.is_cancelled() && !session.client().is_closed() {
            if whole {
                open = record::open_symbols(&self.0.db).await?;
                let count: i64 = open.iter().map(|(_, count)| count).sum();
                metrics::gauge!("chandlery_paper_open_orders").set(count as f64);
                matcher.keep(|symbol_id| open.iter().any(|(known, _)| *known == symbol_id));
            }
            for (symbol_id, _) in &open {
                let version = self.0.live.version(*symbol_id);
                let known = matcher.versions.insert(*symbol_id, version);
                if whole || known != Some(version) {
                    self.follow(&mut matcher, *symbol_id).await?;
                }
            }
            whole = tokio::select! {
                () = stop.cancelled() => break,
                () = self.0.ordered.notified() => true,
                () = tokio::time::sleep(BEAT) => true,
                // Which trade it was doesn't matter, nor that some were missed: versions tell where to look.
                _ = events.recv() => {
                    tokio::time::sleep(GATHER).await;
                    events = events.resubscribe();
                    false
                }
            };
        }
        Ok(())
    }

    /// Looks at every trade of a symbol that is committed and was not looked at.
    async fn follow(&self, matcher: &mut Matcher, symbol_id: i32) -> Result<usize, PaperError> {
        let mut count = 0;
        while let Some(from) = record::progress(&self.0.db, symbol_id).await? {
            let ticks = self.next(symbol_id, from.kind, from.seen, PAGE).await?;
            let Some(last) = ticks.last().map(Tick::order) else { break };
            let mut tape = match matcher.tapes.remove(&symbol_id) {
                Some((seen, tape)) if seen == from.seen => tape,
                _ => self.tape(symbol_id, from.kind, from.seen).await?,
            };
            let seen: Vec<(Place, Market)> =
                ticks.iter().map(|tick| (tick.order(), tape.see(tick))).collect();
            let (seen, now) = (seen.as_slice(), self.0.clock.now());
            let fold = |tx| fold(tx, symbol_id, from, seen, now);
            // Where another process was quicker, its progress is read again.
            let Some(reports) = self.0.db.run("trading.paper_match", fold).await? else { continue };
            matcher.tapes.insert(symbol_id, (Some(last), tape));
            metrics::counter!("chandlery_paper_trades_total").increment(ticks.len() as u64);
            count += reports.len();
            self.tell(&reports);
            if (ticks.len() as i64) < PAGE {
                break;
            }
        }
        Ok(count)
    }
}

impl Matcher {
    fn keep(&mut self, is_open: impl Fn(i32) -> bool) {
        self.tapes.retain(|symbol_id, _| is_open(*symbol_id));
        self.versions.retain(|symbol_id, _| is_open(*symbol_id));
    }
}

/// Shows the next trades to the open orders of a symbol; `None` where somebody else did.
async fn fold(
    tx: Tx,
    symbol_id: i32,
    from: Progress,
    seen: &[(Place, Market)],
    now: Time,
) -> Result<Option<Vec<(Uuid, OrderEvent)>>, PaperError> {
    if record::hold(&tx, symbol_id, from.kind).await? != from {
        return Ok(None);
    }
    let prices = || seen.iter().map(|(_, market)| Amount::from(market.price));
    let (low, high) = (prices().min().unwrap_or_default(), prices().max().unwrap_or_default());
    let mut rows = orders::in_reach(&tx, symbol_id, low, high).await?;
    let before = rows.clone();
    let mut turn = Turn::of(symbol_id);
    let mut positions = Vec::with_capacity(rows.len());
    for row in &rows {
        positions.push(turn.load(&tx, &row.order.terms).await?);
    }
    for (place, market) in seen {
        for (row, position) in rows.iter_mut().zip(&positions) {
            if row.seen.is_none_or(|seen| seen < *place) && !row.order.is_over() {
                let events = row.order.see(market, turn.position(*position));
                turn.tell(row.order.id, events);
            }
        }
    }
    for (row, before) in rows.into_iter().zip(before) {
        if row != before {
            turn.changed(row);
        }
    }
    let last = seen.last().map(|(place, _)| *place);
    record::advance(&tx, symbol_id, Progress { kind: from.kind, seen: last }).await?;
    Ok(Some(turn.write(&tx, now).await?))
}

/// Says what the venue counts.
pub fn describe_metrics() {
    metrics::describe_counter!(
        "chandlery_paper_orders_total",
        "Orders at the paper venue, by its answer"
    );
    metrics::describe_counter!(
        "chandlery_paper_reports_total",
        "What happened to paper orders, by event"
    );
    metrics::describe_counter!(
        "chandlery_paper_trades_total",
        "Trades that paper orders were matched with"
    );
    metrics::describe_gauge!("chandlery_paper_open_orders", "Paper orders that wait");
}
