//! CSV: Binance's archive files, and anything else whose columns a header, the user, or a plain
//! shape (time, price, quantity or time, open, high, low, close, volume) names.

use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};

use super::binance;
use super::cell::Cell;
use super::columns::{Column, Layout};
use super::error::{Fault, Refusal};
use super::input::{Bytes, Input};
use super::moment;
use super::name::Named;
use super::plan::{Known, Rows, SAMPLE, Unit, settle};
use super::reader::Opened;
use super::row::{Ids, Plan, Row};
use super::{Format, Kind, ReadOptions};

/// Recognises the columns and opens the rows.
pub(super) fn open(input: &Input, options: &ReadOptions, named: &Named) -> Result<Opened, Refusal> {
    let delimiter = delimiter(&input.head(1 << 16)?);
    let sample = sample(input, delimiter)?;
    let shape = Shape::of(&sample, options)?;
    if options.format == Some(Format::BinanceCsv) && !shape.binance {
        return Err(Refusal::because(
            "has not the columns of a Binance archive file (klines 12, trades 6 or 7, aggTrades 7 \
             or 8); read it with --format csv and --columns",
        ));
    }
    let width = shape.layout.width();
    let open = || -> Result<CsvRows, Refusal> {
        Ok(CsvRows::new(input.open()?, delimiter, shape.header, width))
    };
    let known = Known {
        options,
        layout: shape.layout.clone(),
        kind: shape.kind,
        interval: shape.interval.or(named.interval),
        ids: if shape.binance { Ids::Rising } else { Ids::Any },
        unit: if shape.binance { Unit::BySize } else { Unit::Sampled },
    };
    let (plan, notes): (Plan, _) = settle(known, &mut open()?)?;
    let format = if shape.binance { Format::BinanceCsv } else { Format::Csv };
    Ok(Opened::table(format, plan, notes, open()?))
}

/// What the first rows show of the columns.
struct Shape {
    layout: Layout,
    header: bool,
    kind: Option<Kind>,
    interval: Option<domain::market::Interval>,
    binance: bool,
}

impl Shape {
    fn of(sample: &[StringRecord], options: &ReadOptions) -> Result<Self, Refusal> {
        let first = sample.first().ok_or(Refusal::Empty)?;
        let header = is_header(first);
        let rows = &sample[usize::from(header)..];
        if let Some(columns) = &options.columns {
            let layout = Layout::of(columns);
            layout.complete().map_err(Refusal::because)?;
            if first.len() != layout.width() {
                return Err(Refusal::because(format!(
                    "has {} columns, --columns names {}; write - for each that doesn't matter",
                    first.len(),
                    layout.width()
                )));
            }
            let layout = if header { layout.called(first) } else { layout };
            return Ok(Self { layout, header, kind: None, interval: None, binance: false });
        }
        let foreign = options.format.is_some_and(|format| format != Format::BinanceCsv);
        let names: Vec<&str> = first.iter().collect();
        let known = if foreign {
            None
        } else if header {
            binance::kind_of_header(&names).map(|kind| (kind, first.len()))
        } else {
            rows.iter().find_map(|row| Some((binance::kind_of_row(row, row.len())?, row.len())))
        };
        if let Some((kind, width)) = known
            && let Some(layout) = binance::layout(kind, width)
        {
            let layout = if header { layout.called(first) } else { layout };
            let is_kline =
                |row: &&StringRecord| binance::kind_of_row(*row, row.len()) == Some(Kind::Candles);
            let interval = match rows.iter().find(is_kline) {
                Some(row) if kind == Kind::Candles && options.interval.is_none() => {
                    Some(binance::interval(row)?)
                }
                _ => None,
            };
            return Ok(Self { layout, header, kind: Some(kind), interval, binance: true });
        }
        let layout = if header {
            Layout::of_header(&names).map_err(Refusal::because)?
        } else {
            plain(rows)?
        };
        Ok(Self { layout, header, kind: None, interval: None, binance: false })
    }
}

/// The columns of a file without a header, where its width and numbers leave no doubt.
fn plain(rows: &[StringRecord]) -> Result<Layout, Refusal> {
    use Column::{Close, High, Low, Open, Price, Quantity, Time, Volume};
    let numbers = |row: &&StringRecord| {
        moment::time(row.cell(0), None).is_ok()
            && (1..row.len()).all(|at| row.cell(at).decimal().is_ok())
    };
    match rows.iter().find(numbers).map(StringRecord::len) {
        Some(3) => Ok(Layout::of(&[Time, Price, Quantity])),
        Some(6) => Ok(Layout::of(&[Time, Open, High, Low, Close, Volume])),
        _ => Err(Refusal::because(
            "has no header and its columns can't be guessed; name them with --columns, for example \
             --columns time,price,quantity,-",
        )),
    }
}

/// A row in which nothing is a number or a time names the columns.
fn is_header(row: &StringRecord) -> bool {
    let value = |cell: Cell<'_>| cell.decimal().is_ok() || moment::time(cell, None).is_ok();
    let named = |text: &str| text.trim().bytes().any(|b| b.is_ascii_alphabetic());
    row.iter().any(named) && !(0..row.len()).any(|at| value(row.cell(at)))
}

/// The first rows, as far as they can be read.
fn sample(input: &Input, delimiter: u8) -> Result<Vec<StringRecord>, Refusal> {
    let mut reader = reader(input.open()?, delimiter);
    let mut rows = Vec::new();
    for row in reader.records().take(SAMPLE) {
        match row {
            Ok(row) => rows.push(row),
            Err(error) if rows.is_empty() => return Err(fault(error).into()),
            Err(_) => break,
        }
    }
    Ok(rows)
}

/// The delimiter of the first line: a comma unless it has none and has a semicolon or a tab.
fn delimiter(head: &[u8]) -> u8 {
    let line =
        head.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|delimiter| line.contains(delimiter)).unwrap_or(b',')
}

fn reader(bytes: Bytes, delimiter: u8) -> Reader<Bytes> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(1 << 16)
        .from_reader(bytes)
}

fn fault(error: ::csv::Error) -> Fault {
    match error.into_kind() {
        ErrorKind::Io(error) => error.into(),
        ErrorKind::Utf8 { .. } => Fault::fatal("the file is not UTF-8 text"),
        other => Fault::fatal(format!("the file can't be read on: {other:?}")),
    }
}

impl Row for StringRecord {
    fn cell(&self, at: usize) -> Cell<'_> {
        self.get(at).map_or(Cell::Missing, Cell::text)
    }
}

/// The rows of a CSV file, one record in memory at a time.
struct CsvRows {
    reader: Reader<Bytes>,
    record: StringRecord,
    header: bool,
    width: usize,
}

impl CsvRows {
    fn new(bytes: Bytes, delimiter: u8, header: bool, width: usize) -> Self {
        Self { reader: reader(bytes, delimiter), record: StringRecord::new(), header, width }
    }
}

impl Row for CsvRows {
    fn cell(&self, at: usize) -> Cell<'_> {
        self.record.cell(at)
    }
}

impl Rows for CsvRows {
    fn advance(&mut self) -> Option<Result<(), Fault>> {
        loop {
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return None,
                Err(error) => return Some(Err(fault(error))),
                Ok(true) if std::mem::take(&mut self.header) => {}
                Ok(true) => break,
            }
        }
        if self.record.len() == self.width {
            return Some(Ok(()));
        }
        let (found, width) = (self.record.len(), self.width);
        let text = self.record.iter().collect::<Vec<_>>().join(",");
        // No value spans lines, so a row that does lacks a closing quote and took others with it.
        if text.contains('\n') {
            let open = Fault::row(&text, "has a quote that isn't closed on its line");
            return Some(Err(Fault { fatal: true, ..open }));
        }
        Some(Err(Fault::row(&text, format!("has {found} columns where {width} are expected"))))
    }

    fn line(&self) -> Option<u64> {
        self.record.position().map(::csv::Position::line)
    }
}
