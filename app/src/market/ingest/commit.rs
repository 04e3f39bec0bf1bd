//! One commit of a feed: trades, the candles they move, how far the feed is and what it lacks.

use std::collections::BTreeSet;

use domain::market::{Interval, Roll, roll_ticks};
use store::market::candles::{self, Written};
use store::market::feeds;
use store::market::gaps::{self, NewGap};
use store::market::partitions::{self, Table};
use store::market::ticks::Batch;
use store::{Db, StoreError};

use super::shard::Work;
use crate::Clock;
use crate::market::live::{Committed, Live};

/// Trades of several symbols, rolled and ready.
pub(super) struct Commit {
    works: Vec<Work>,
    rolls: Vec<Vec<Roll>>,
}

/// Days whose partitions are known to be there.
#[derive(Default)]
pub(super) struct KnownDays(BTreeSet<i64>);

impl KnownDays {
    /// Makes the partitions that these trades need, looking only where a day is new.
    async fn ensure(&mut self, db: &Db, works: &[Work]) -> Result<(), StoreError> {
        let times = || works.iter().flat_map(|work| work.ticks.iter().map(|tick| tick.time));
        let day = |time| Interval::D1.open_time(time).micros();
        let new: Vec<_> = times().filter(|time| !self.0.contains(&day(*time))).collect();
        if new.is_empty() {
            return Ok(());
        }
        partitions::ensure(db, Table::Ticks, new.iter().copied()).await?;
        let weeks = new.iter().map(|time| Interval::W1.open_time(*time));
        partitions::ensure(db, Table::Candles, new.iter().copied().chain(weeks)).await?;
        self.0.extend(new.into_iter().map(day));
        Ok(())
    }
}

impl Commit {
    /// Rolls trades ahead, while the database is busy with the commit before.
    pub(super) fn new(works: Vec<Work>) -> Self {
        let rolls = works.iter().map(|work| roll_ticks(&work.ticks)).collect();
        Self { works, rolls }
    }

    /// How many trades.
    pub(super) fn ticks(&self) -> usize {
        self.works.iter().map(|work| work.ticks.len()).sum()
    }

    /// Whether it notes something missing.
    pub(super) fn has_gaps(&self) -> bool {
        self.works.iter().any(|work| !work.gaps.is_empty())
    }

    /// Each symbol by itself.
    pub(super) fn split(self) -> Vec<Self> {
        let each = self.works.into_iter().zip(self.rolls);
        each.map(|(work, rolls)| Self { works: vec![work], rolls: vec![rolls] }).collect()
    }

    /// The same without its trades, which the database refuses: they become a gap.
    pub(super) fn refused(mut self) -> Self {
        for work in &mut self.works {
            let (Some(first), Some(last)) = (work.ticks.first(), work.ticks.last()) else {
                continue;
            };
            let to = last.time.max(first.time).plus_micros(1);
            let from = first.time.min(last.time);
            work.gaps.push(NewGap {
                symbol_id: work.symbol.id,
                series: work.kind.as_str(),
                ids: Some((first.trade_id, last.trade_id)),
                range: domain::market::TimeRange { from, to },
                reason: "refused by the database",
            });
            work.ticks.clear();
        }
        self.rolls.iter_mut().for_each(Vec::clear);
        self
    }

    /// Writes everything in one transaction.
    pub(super) async fn write(
        &self,
        db: &Db,
        clock: &Clock,
        days: &mut KnownDays,
    ) -> Result<Vec<Written>, StoreError> {
        days.ensure(db, &self.works).await?;
        let works = &self.works;
        let batches: Vec<Batch<'_>> = works
            .iter()
            .map(|work| Batch { symbol: &work.symbol, kind: work.kind, ticks: &work.ticks })
            .collect();
        let ahead: Vec<Option<&[Roll]>> =
            self.rolls.iter().map(|rolls| Some(rolls.as_slice())).collect();
        let positions: Vec<_> =
            works.iter().map(|work| (work.symbol.id, work.kind, work.position)).collect();
        let new_gaps: Vec<NewGap> =
            works.iter().flat_map(|work| work.gaps.iter().cloned()).collect();
        let now = clock.now();
        let (batches, ahead, positions, new_gaps) = (&batches, &ahead, &positions, &new_gaps);
        db.run("market.ingest", |tx| async move {
            let written = candles::write_many(&tx, batches, ahead).await?;
            feeds::save(&tx, positions).await?;
            gaps::open(&tx, new_gaps, now).await?;
            Ok(written)
        })
        .await
    }

    /// Tells watchers what was written. Where something was stored before, it may be by this commit
    /// itself, at a try whose answer was lost: that was not told, and how candles stand is not known.
    pub(super) fn publish(self, written: Vec<Written>, live: &Live) {
        for (work, written) in self.works.into_iter().zip(written) {
            if written.places.len() < work.ticks.len() {
                live.missed(work.symbol.id);
            }
            let mut ticks: Vec<_> = work.ticks.into_iter().map(Some).collect();
            let new = written.places.iter().filter_map(|at| ticks[*at].take()).collect();
            live.publish(Committed {
                symbol: work.symbol.name.clone(),
                id: work.symbol.id,
                kind: work.kind,
                replay: false,
                ticks: new,
                rolls: written.rolls,
            });
        }
    }
}
