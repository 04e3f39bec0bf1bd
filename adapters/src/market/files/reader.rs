//! Opening a file and going through its rows, whatever its format.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::detect;
use super::error::Fault;
use super::input::Input;
use super::name;
use super::plan::Rows;
use super::row::{Assembler, Plan};
use super::{FileError, Format, Item, Kind, ReadOptions, Record, RowError, Source};

/// An item, and its symbol where that isn't the file's.
pub(super) type Decoded = (Option<Arc<str>>, Item);

/// Rows of one file in its own format.
pub(super) trait Decoder: Send {
    /// The next row; `None` after the last.
    fn next(&mut self) -> Option<Result<Decoded, Fault>>;

    /// Line of the row just returned, in a text file.
    fn line(&self) -> Option<u64> {
        None
    }
}

/// What opening a format gives.
pub(super) struct Opened {
    pub(super) format: Format,
    pub(super) kind: Kind,
    pub(super) interval: Option<domain::market::Interval>,
    /// The symbol's code where the content tells it.
    pub(super) code: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) decoder: Box<dyn Decoder>,
}

impl Opened {
    /// A file in which every row has the same columns.
    pub(super) fn table<R: Rows + Send + 'static>(
        format: Format,
        plan: Plan,
        notes: Vec<String>,
        rows: R,
    ) -> Self {
        let (kind, interval) = (plan.kind, plan.interval);
        let decoder = Box::new(Table { rows, assembler: Assembler::new(plan) });
        Self { format, kind, interval, code: None, notes, decoder }
    }
}

struct Table<R> {
    rows: R,
    assembler: Assembler,
}

impl<R: Rows + Send> Decoder for Table<R> {
    fn next(&mut self) -> Option<Result<Decoded, Fault>> {
        let item = match self.rows.advance()? {
            Ok(()) => self.assembler.item(&self.rows),
            Err(fault) => Err(fault),
        };
        Some(item.map(|item| (None, item)))
    }

    fn line(&self) -> Option<u64> {
        self.rows.line()
    }
}

/// A file being read.
pub struct Reader {
    source: Source,
    decoder: Box<dyn Decoder>,
    read: Arc<AtomicU64>,
    row: u64,
    /// Nothing more comes, be it after a fatal error.
    done: bool,
    /// All was read. (The index at the end of some formats is never looked at.)
    finished: bool,
}

/// Finds out what a file is and opens it. The whole file is read once for its digest.
///
/// # Errors
/// [`FileError`] where the file can't be read, is of no known format, or lacks what is needed to
/// understand it; the message says which option would help.
pub fn open(path: &Path, options: &ReadOptions) -> Result<Reader, FileError> {
    let refuse = |refusal: super::error::Refusal| refusal.at(path);
    let input = Input::look(path).map_err(refuse)?;
    let named = name::read(input.name());
    let opened = detect::open(&input, options, &named).map_err(refuse)?;
    let venue = match opened.format {
        Format::BinanceCsv | Format::BinanceWsCapture | Format::BinanceExchangeInfo => {
            Some("binance")
        }
        _ => None,
    };
    let source = Source {
        path: path.to_owned(),
        format: opened.format,
        kind: opened.kind,
        interval: opened.interval,
        code: opened.code.or(named.code),
        venue,
        bytes: input.bytes,
        digest: input.digest,
        notes: opened.notes,
    };
    Ok(Reader {
        source,
        decoder: opened.decoder,
        read: input.counter(),
        row: 0,
        done: false,
        finished: false,
    })
}

impl Reader {
    /// What was found out about the file.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// How much of the file as it is on the disk was read so far, of [`Source::bytes`].
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        if self.finished {
            return self.source.bytes;
        }
        self.read.load(Ordering::Relaxed).min(self.source.bytes)
    }
}

impl Iterator for Reader {
    type Item = Result<Record, RowError>;

    /// The next row. After an error that isn't fatal the rows go on.
    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let decoded = self.decoder.next();
        self.finished = decoded.is_none();
        self.done = self.finished;
        self.row += 1;
        let row = self.row;
        Some(decoded?.map(|(code, item)| Record { row, code, item }).map_err(|fault| {
            self.done = fault.fatal;
            fault.at(&self.source.path, row, self.decoder.line())
        }))
    }
}
