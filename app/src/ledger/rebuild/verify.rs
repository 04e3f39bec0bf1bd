//! Whether the record is whole: every event's hash, and every table against the events. What is due of them lies in
//! temporary tables, so a long record needs no more memory than a short one.

use serde::Serialize;
use store::Tx;
use store::ledger::events;
use store::ledger::rebuild as tables;

use super::fold::Fold;
use super::read::parse;
use super::{MOST_ORDERS, PAGE};
use crate::ledger::{Ledger, LedgerError};

/// Damaged events that are told; the others are counted.
const MOST_TOLD: usize = 100;

/// Something that is not as the events say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Which table.
    pub table: String,
    /// Which row.
    pub row: String,
    /// What is wrong with it.
    pub what: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Events that were read.
    pub events: u64,
    /// Orders, positions and balances that they make.
    pub orders: u64,
    /// Positions.
    pub positions: u64,
    /// Balances.
    pub balances: u64,
    /// How many things are wrong.
    pub wrong: u64,
    /// The first of them.
    pub faults: Vec<Fault>,
}

impl Report {
    fn tell(&mut self, table: &str, row: impl ToString, what: impl ToString) {
        let (table, row, what) = (format!("ledger.{table}"), row.to_string(), what.to_string());
        self.faults.push(Fault { table, row, what });
    }

    fn tell_damage(&mut self, damaged: Vec<(i64, String)>) {
        self.wrong += damaged.len() as u64;
        for (position, what) in damaged {
            if self.faults.len() < MOST_TOLD {
                self.tell("events", position, what);
            }
        }
    }
}

impl Ledger {
    /// How many events there are.
    ///
    /// # Errors
    /// The database's.
    pub async fn events(&self) -> Result<u64, LedgerError> {
        Ok(events::count(&self.0.db).await?.unsigned_abs())
    }

    /// Reads every event, checks its hash and its place in its stream, plays it, and compares what
    /// comes of it with the tables. All of one moment; writers go on meanwhile. `progress` is told how
    /// many events were read.
    ///
    /// # Errors
    /// The database's. What is wrong with the record is in the [`Report`].
    pub async fn verify(
        &self,
        progress: impl Fn(u64) + Send + Sync,
    ) -> Result<Report, LedgerError> {
        let progress = &progress;
        let work = |tx: Tx| async move {
            tx.batch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
            tables::open(&tx).await?;
            let mut report = self.replay(&tx, progress).await?;
            for found in tables::differences(&tx).await? {
                match found.table {
                    "orders" => report.orders = found.due,
                    "positions" => report.positions = found.due,
                    "balances" => report.balances = found.due,
                    _ => {}
                }
                report.wrong += found.missing + found.differing + found.superfluous;
                for (row, what) in found.first {
                    report.tell(found.table, row, what);
                }
            }
            Ok(report)
        };
        self.0.db.run("ledger.verify", work).await
    }

    /// Plays all events, and copies what is due of them; those that make no sense are told and passed over.
    async fn replay(
        &self,
        tx: &Tx,
        progress: &(impl Fn(u64) + Send + Sync),
    ) -> Result<Report, LedgerError> {
        let (mut report, mut fold) = (Report::default(), Fold::telling(MOST_ORDERS));
        let mut last = 0;
        loop {
            let page = events::all_after(tx, last, fold.page(PAGE)).await?;
            let Some(end) = page.last() else { break };
            last = end.position;
            report.events += page.len() as u64;
            let page: Vec<_> = page.into_iter().map(parse).collect();
            if let Some((gone, to)) = fold.gone(&page) {
                fold.bring_back(tables::before(&self.0.db, &gone, to).await?)?;
            }
            tables::add(tx, &fold.take_in(page)?).await?;
            report.tell_damage(fold.told());
            progress(report.events);
        }
        let mut due = fold.rest();
        due.balances = fold.balances();
        tables::add(tx, &due).await?;
        if fold.twice() {
            tables::keep_latest(tx).await?;
        }
        Ok(report)
    }
}
