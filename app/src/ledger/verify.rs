//! Whether the record is whole: every event's hash, and every table against the events.

use std::collections::{BTreeMap, HashMap};

use domain::Amount;
use domain::ledger::{AccountEvent, Book, Event, Hash, OrderEvent, chained};
use serde::Serialize;
use store::Tx;
use store::ledger::events::{self, StoredEvent, StreamKind};
use store::ledger::verify as tables;
use uuid::Uuid;

use super::{Ledger, LedgerError};

/// Events that are read at a time.
const AT_ONCE: i64 = 20_000;
/// Faults that are told; the others are counted.
const MOST_TOLD: usize = 100;

/// Something that is not as the events say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Which table.
    pub table: &'static str,
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
    fn tell(&mut self, table: &'static str, row: impl ToString, what: impl ToString) {
        self.wrong += 1;
        if self.faults.len() < MOST_TOLD {
            let (row, what) = (row.to_string(), what.to_string());
            self.faults.push(Fault { table, row, what });
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
            tx.batch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0")
                .await?;
            let mut report = Report::default();
            let book = replay(&tx, &mut report, progress).await?;
            compare(&tx, &book, &mut report).await?;
            Ok(report)
        };
        self.0.db.run("ledger.verify", work).await
    }
}

/// Plays all events; those that make no sense are told and passed over.
async fn replay(
    tx: &Tx,
    report: &mut Report,
    progress: &(impl Fn(u64) + Send + Sync),
) -> Result<Book, LedgerError> {
    let mut book = Book::default();
    let mut tips = HashMap::<Uuid, (i32, Hash)>::new();
    let mut last = 0;
    loop {
        let batch = events::all_after(tx, last, AT_ONCE).await?;
        let Some(end) = batch.last() else { break };
        last = end.position;
        for stored in &batch {
            check_chain(stored, &mut tips, report);
            match event_of(stored) {
                Ok(event) => {
                    if let Err(corrupt) = book.apply(&event) {
                        report.tell("ledger.events", stored.position, corrupt);
                    }
                }
                Err(error) => report.tell("ledger.events", stored.position, error),
            }
        }
        report.events += batch.len() as u64;
        progress(report.events);
    }
    Ok(book)
}

fn event_of(stored: &StoredEvent) -> Result<Event, store::StoreError> {
    Ok(match stored.of {
        StreamKind::Order => {
            Event::Order { order: stored.stream, event: stored.read::<OrderEvent>()? }
        }
        StreamKind::Account => {
            Event::Account { account: stored.stream, event: stored.read::<AccountEvent>()? }
        }
    })
}

fn check_chain(stored: &StoredEvent, tips: &mut HashMap<Uuid, (i32, Hash)>, report: &mut Report) {
    let (version, hash) = tips.get(&stored.stream).map_or((0, None), |(v, h)| (*v, Some(h)));
    if stored.version != version + 1 {
        let (is, stream) = (stored.version, stored.stream);
        let what = format!("version {is} of {stream} comes after version {version}");
        report.tell("ledger.events", stored.position, what);
    }
    let due = chained(hash, stored.stream, stored.version, stored.recorded_at, &stored.body);
    if due != stored.hash {
        let what = "its hash is not that of what it says and of the event before it";
        report.tell("ledger.events", stored.position, what);
    }
    tips.insert(stored.stream, (stored.version, stored.hash));
}

async fn compare(tx: &Tx, book: &Book, report: &mut Report) -> Result<(), LedgerError> {
    report.orders = book.orders.len() as u64;
    report.positions = book.positions.len() as u64;
    let mut orders: BTreeMap<Uuid, _> = book.orders.iter().map(|(id, o)| (*id, o)).collect();
    tables::each_order(tx, |row| match orders.remove(&row.id) {
        None => report.tell("ledger.orders", row.id, "no event made it"),
        Some(order) => {
            let is = (row.status.as_str(), row.filled, row.filled_quote, row.fills);
            let due =
                (order.status.as_str(), order.filled, order.filled_quote, order.fills.len() as i64);
            if is != due {
                report.tell("ledger.orders", row.id, format!("is {is:?}, not {due:?}"));
            }
        }
    })
    .await?;
    for id in orders.keys() {
        report.tell("ledger.orders", id, "is missing");
    }
    let mut positions: BTreeMap<Uuid, _> = book.positions.iter().map(|(id, p)| (*id, p)).collect();
    tables::each_position(tx, |row| match positions.remove(&row.id) {
        None => report.tell("ledger.positions", row.id, "no event made it"),
        Some(position) => {
            if row.state.as_ref().ok() != Some(position) {
                report.tell("ledger.positions", row.id, "is not what its fills and funding make");
            }
            let trade = domain::ledger::Trade::of(position);
            let (net, gross) = trade.map(|trade| (trade.net, trade.gross)).unzip();
            if (row.net, row.gross) != (net, gross) {
                let is = (row.net, row.gross);
                report.tell("ledger.trades", row.id, format!("is {is:?}, not {:?}", (net, gross)));
            }
        }
    })
    .await?;
    for id in positions.keys() {
        report.tell("ledger.positions", id, "is missing");
    }
    compare_balances(tx, book, report).await
}

async fn compare_balances(tx: &Tx, book: &Book, report: &mut Report) -> Result<(), LedgerError> {
    let mut due: BTreeMap<(Uuid, String, &str), Amount> = BTreeMap::new();
    for ((account, asset, purse), amount) in &book.balances {
        due.insert((*account, asset.clone(), purse.as_str()), *amount);
    }
    report.balances = due.len() as u64;
    let rows = tables::balances(tx).await?;
    for row in &rows {
        let key = (row.account, row.asset.clone(), row.purse.as_str());
        let due = due.remove(&key).unwrap_or_default();
        let name = format!("{} {} {}", row.account, row.asset, row.purse);
        if row.balance != due {
            report.tell("ledger.balances", &name, format!("is {}, not {due}", row.balance));
        }
        if row.posted != due {
            report.tell("ledger.postings", &name, format!("add up to {}, not {due}", row.posted));
        }
    }
    for ((account, asset, purse), amount) in due {
        if amount != Amount::ZERO {
            let what = format!("is missing; {amount} belongs there");
            report.tell("ledger.balances", format!("{account} {asset} {purse}"), what);
        }
    }
    Ok(())
}
