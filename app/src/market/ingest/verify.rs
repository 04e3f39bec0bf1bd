//! The venue's closed candles beside ours: equal figures prove that no trade is missing, others
//! are an alarm, and then the venue's candle is kept beside ours.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Amount;
use domain::market::{Candle, CoverageStatus, Interval, Origin, TimeRange};
use store::StoreError;
use store::market::candles::{self, CandleQuery};
use store::market::symbols::Symbol;
use store::market::{coverage, gaps, holdings};
use tokio::sync::mpsc;

use super::lane::Shared;
use crate::market::live;

/// Trades of a minute are looked for so long after its end.
const LAG: Duration = Duration::from_secs(3);
/// Looks before a difference is believed: a commit may be late, a gap may be under repair.
const LOOKS: u32 = 5;
const BEAT: Duration = Duration::from_secs(1);
const SOURCE: &str = "venue candles";

/// A candle that the venue closed.
pub(super) struct Closed {
    symbol: Arc<Symbol>,
    interval: Interval,
    candle: Candle,
    due: Instant,
    looks: u32,
}

impl Closed {
    pub(super) fn new(symbol: Arc<Symbol>, interval: Interval, candle: Candle) -> Self {
        Self { symbol, interval, candle, due: Instant::now() + LAG, looks: 0 }
    }

    fn range(&self) -> TimeRange {
        let from = self.candle.open_time;
        TimeRange { from, to: self.interval.close_time(from) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Equal,
    Empty,
    /// Something of it is known to be missing and is being fetched.
    Gap,
    /// The feed begins within it.
    First,
    Differs,
}

pub(super) struct Verifier {
    shared: Arc<Shared>,
    queue: VecDeque<Closed>,
}

impl Verifier {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, queue: VecDeque::new() }
    }

    /// Compares until the input is closed.
    pub(super) async fn run(mut self, mut input: mpsc::Receiver<Closed>) {
        let mut beat = tokio::time::interval(BEAT);
        loop {
            tokio::select! {
                closed = input.recv() => match closed {
                    Some(closed) => self.queue.push_back(closed),
                    None => return,
                },
                _ = beat.tick() => {
                    while self.queue.front().is_some_and(|closed| closed.due <= Instant::now()) {
                        let Some(closed) = self.queue.pop_front() else { break };
                        self.look(closed).await;
                    }
                }
            }
        }
    }

    async fn look(&mut self, mut closed: Closed) {
        let verdict = match self.compare(&closed).await {
            Ok(verdict) => verdict,
            Err(error) => {
                tracing::debug!(%error, "a candle can't be compared for the moment");
                Verdict::Gap
            }
        };
        let again = matches!(verdict, Verdict::First | Verdict::Differs | Verdict::Gap)
            && closed.looks < LOOKS;
        if again {
            closed.looks += 1;
            closed.due = Instant::now() + LAG;
            self.queue.push_back(closed);
            return;
        }
        let name = match verdict {
            Verdict::Equal => "equal",
            Verdict::Empty => "empty",
            Verdict::Gap => "gap",
            Verdict::First => "first",
            Verdict::Differs => "differs",
        };
        metrics::counter!("chandlery_candle_checks_total", "outcome" => name).increment(1);
        let kept = match verdict {
            Verdict::Equal | Verdict::Gap => Ok(()),
            Verdict::Empty => self.note_empty(&closed).await,
            Verdict::First => self.keep(&closed).await,
            Verdict::Differs => {
                let (symbol, interval) = (&closed.symbol.name, closed.interval);
                tracing::error!(%symbol, %interval, open_time = %closed.candle.open_time,
                    "our candle is not the venue's, though no trade is known to be missing; both are kept");
                self.keep(&closed).await
            }
        };
        if let Err(error) = kept {
            tracing::warn!(symbol = %closed.symbol.name, %error, "what a check found can't be kept");
        }
    }

    async fn compare(&self, closed: &Closed) -> Result<Verdict, StoreError> {
        let (db, range) = (&self.shared.db, closed.range());
        let query = CandleQuery {
            symbol_id: closed.symbol.id,
            interval: closed.interval,
            origin: Some(Origin::from(self.shared.source.venue().kind)),
            from: range.from,
            to: range.to,
            descending: false,
            limit: 1,
        };
        let ours = candles::page(db, &query).await?.pop();
        let theirs = &closed.candle;
        let equal = match &ours {
            None => theirs.volume == Amount::ZERO,
            Some(ours) => {
                let figures = |c: &Candle| (c.open, c.high, c.low, c.close, c.volume);
                figures(ours) == figures(theirs)
            }
        };
        if equal {
            return Ok(if ours.is_none() { Verdict::Empty } else { Verdict::Equal });
        }
        let open = gaps::list(db, &[closed.symbol.id], true, range, 1).await?;
        if !open.is_empty() {
            return Ok(Verdict::Gap);
        }
        let held = holdings::of_symbol(db, closed.symbol.id).await?;
        let ticks = held.iter().filter(|series| series.interval == holdings::TICK);
        let begins = ticks.map(|series| series.first_time).min();
        let first = begins.is_none_or(|begins| begins >= range.from);
        Ok(if first { Verdict::First } else { Verdict::Differs })
    }

    async fn note_empty(&self, closed: &Closed) -> Result<(), StoreError> {
        let (id, interval) = (closed.symbol.id, closed.interval.as_str());
        let ranges = &[closed.range()].into_iter().collect();
        let mark = |tx| async move {
            coverage::mark(&tx, id, interval, CoverageStatus::Empty, SOURCE, ranges).await
        };
        self.shared.db.run("market.note_empty", mark).await
    }

    async fn keep(&self, closed: &Closed) -> Result<(), StoreError> {
        let (symbol, interval) = (&closed.symbol, closed.interval);
        let batch = std::slice::from_ref(&closed.candle);
        let keep = |tx| async move {
            candles::write_venue(&tx, symbol, interval, batch, None).await?;
            live::announce_change(&tx, &symbol.name, symbol.id).await
        };
        self.shared.db.run("market.keep_venue_candle", keep).await
    }
}
