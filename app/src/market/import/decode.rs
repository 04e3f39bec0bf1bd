//! The decoding side of an import: a thread that reads rows into chunks, a few chunks ahead of the
//! commits and never more, so that memory stays bounded. It rolls them into candles too, for the
//! database is the slower side.

use std::collections::{BTreeMap, HashSet};

use adapters::market::files::{Item, Reader, RowError};
use domain::market::{
    Candle, Interval, Roll, SymbolName, SymbolRules, Tick, roll_candles, roll_ticks,
};
use tokio::sync::mpsc;

use super::{ImportOptions, Names};

/// Decoded chunks that wait, beside the one that is written and the one whose partitions are made.
const AHEAD: usize = 1;
/// The first chunk is smaller by this, so that the database need not wait long for it.
const FIRST: usize = 8;

/// Days of ticks or months of candles that one transaction may touch: each is a partition, with
/// several locks of the server.
const MOST_SPANS: usize = 200;
const MONTH_MICROS: i64 = 28 * 86_400_000_000;

/// Rows of one symbol.
#[derive(Debug)]
pub(super) enum Rows {
    Ticks(Vec<Tick>),
    Candles(Vec<Candle>),
    Symbols(Vec<SymbolRules>),
}

/// Rows of one symbol, and the candles that follow from them if all of them are new.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) rows: Rows,
    pub(super) rolls: Vec<Roll>,
}

/// What one transaction writes.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Rows by symbol, in the order of names, so that two imports lock symbols in the same order.
    pub(super) parts: BTreeMap<SymbolName, Part>,
    /// The number of the last row dealt with.
    pub(super) rows_done: u64,
    /// Bad rows that were passed over.
    pub(super) skipped: Vec<RowError>,
    /// How far the file is read.
    pub(super) bytes_read: u64,
    /// The bad row that ends the import.
    pub(super) failure: Option<RowError>,
    /// Whether the file ends here.
    pub(super) last: bool,
    rows: usize,
    spans: HashSet<i64>,
}

/// The thread and its outlet. Dropping it ends the thread at its next chunk.
pub(super) struct Decoder(mpsc::Receiver<Chunk>);

impl Decoder {
    /// Begins to decode behind the row `done`.
    pub(super) fn start(reader: Reader, done: u64, options: &ImportOptions, names: Names) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (most, skip_bad) = (options.batch_rows.max(1), options.skip_bad);
        tokio::task::spawn_blocking(move || decode(reader, done, most, skip_bad, &names, &sender));
        Self(receiver)
    }

    /// The next chunk.
    pub(super) async fn next(&mut self) -> Option<Chunk> {
        self.0.recv().await
    }
}

fn decode(
    mut reader: Reader,
    done: u64,
    most: usize,
    skip_bad: bool,
    names: &Names,
    out: &mpsc::Sender<Chunk>,
) {
    let mut chunk = Chunk { rows_done: done, ..Chunk::default() };
    let mut room = (most / FIRST).max(1);
    while let Some(next) = reader.next() {
        let error = match next {
            // Rows before `done` are decoded all the same: the identity of trades without ids
            // depends on the rows before them.
            Ok(record) if record.row <= done => continue,
            Ok(record) => {
                let listed = match &record.item {
                    Item::Symbol(rules) => Some(rules.code.as_str()),
                    Item::Tick(_) | Item::Candle(_) => None,
                };
                match names.of(record.code.as_deref().or(listed)) {
                    Ok(name) => {
                        chunk.rows_done = record.row;
                        chunk.push(name, record.item);
                        None
                    }
                    Err(reason) => Some(unnamed(&reader, record.row, reason)),
                }
            }
            Err(error) if error.row <= done && !error.fatal => continue,
            Err(error) => Some(error),
        };
        if let Some(error) = error {
            if !skip_bad {
                chunk.failure = Some(error);
                break;
            }
            let fatal = error.fatal;
            if !fatal {
                chunk.rows_done = error.row;
            }
            chunk.skipped.push(error);
            if fatal {
                break;
            }
        }
        if chunk.rows + chunk.skipped.len() >= room || chunk.spans.len() >= MOST_SPANS {
            room = most;
            chunk.complete(&reader);
            let full = std::mem::take(&mut chunk);
            chunk.rows_done = full.rows_done;
            if out.blocking_send(full).is_err() {
                return;
            }
        }
    }
    chunk.complete(&reader);
    chunk.last = true;
    // Nobody waiting means the import was interrupted.
    let _ = out.blocking_send(chunk);
}

fn unnamed(reader: &Reader, row: u64, reason: String) -> RowError {
    RowError {
        path: reader.source().path.as_path().into(),
        row,
        line: None,
        column: "symbol".to_owned(),
        value: String::new(),
        reason,
        fatal: false,
    }
}

impl Chunk {
    fn push(&mut self, name: SymbolName, item: Item) {
        self.rows += 1;
        let span = match &item {
            Item::Tick(tick) => tick.time.micros().div_euclid(Interval::D1.micros()),
            Item::Candle(candle) => candle.open_time.micros().div_euclid(MONTH_MICROS),
            Item::Symbol(_) => 0,
        };
        self.spans.insert(span);
        // Almost every file holds one symbol, so the look-up is of a map of one.
        let part = self.parts.entry(name).or_insert_with(|| Part {
            rows: match &item {
                Item::Tick(_) => Rows::Ticks(Vec::new()),
                Item::Candle(_) => Rows::Candles(Vec::new()),
                Item::Symbol(_) => Rows::Symbols(Vec::new()),
            },
            rolls: Vec::new(),
        });
        match (&mut part.rows, item) {
            (Rows::Ticks(rows), Item::Tick(tick)) => rows.push(tick),
            (Rows::Candles(rows), Item::Candle(candle)) => rows.push(candle),
            (Rows::Symbols(rows), Item::Symbol(rules)) => rows.push(*rules),
            // A file has one kind of rows; its reader gives no others.
            _ => debug_assert!(false, "rows of two kinds in one file"),
        }
    }

    /// No more rows come to it.
    fn complete(&mut self, reader: &Reader) {
        self.bytes_read = reader.bytes_read();
        let interval = reader.source().interval;
        for part in self.parts.values_mut() {
            part.rolls = match (&part.rows, interval) {
                (Rows::Ticks(rows), _) => roll_ticks(rows),
                (Rows::Candles(rows), Some(interval)) => roll_candles(interval, rows),
                _ => Vec::new(),
            };
        }
    }
}
