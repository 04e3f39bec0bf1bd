//! Taking in InfluxDB's line protocol: trades and candles go the way of all trades and candles,
//! everything else is kept as points. What a request brings is one transaction; only where the
//! database refuses a part of it are the parts written by themselves, so that the good ones are kept.

use std::collections::BTreeMap;

use adapters::market::lines::{self, BadLine, Item, Point, Precision};
use domain::Time;
use domain::market::{Candle, Interval, SymbolName, Tick, TickKind};
use serde_json::value::RawValue;
use store::market::partitions::{self, Table};
use store::market::ticks::Batch;
use store::market::{candles, symbols};
use store::ops::points::{self, NewPoint, Series};
use store::{Db, StoreError, Tx};

use crate::Clock;
use crate::market::live::{self, Committed, Live};

/// Days of trades or candles that one transaction may touch: each may be a partition, with several
/// of the server's locks.
const MOST_DAYS: usize = 200;

/// What became of a body.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Lines that are stored now, whether they were before or not.
    pub lines: usize,
    /// The others, by their numbers.
    pub bad: Vec<BadLine>,
}

/// Lines of one kind, which are written together.
#[derive(Debug)]
struct Part {
    /// The numbers of its lines.
    lines: Vec<usize>,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Ticks(SymbolName, TickKind, Vec<Tick>),
    Candles(SymbolName, Interval, Vec<Candle>),
    Points(Vec<Series>, Vec<NewPoint>),
}

/// Reads a body and stores what is good in it; whoever watches hears of trades.
///
/// # Errors
/// The database's, where that is not the lines' fault (it can't be reached, its disk is full); then
/// the same body may be sent again.
pub async fn write(
    db: &Db,
    clock: &Clock,
    live: &Live,
    bucket: &str,
    body: &[u8],
    precision: Precision,
) -> Result<Written, StoreError> {
    let (parts, mut bad) = sorted(body, precision, clock.now(), bucket);
    let mut lines = 0;
    // Parts share days, so this is more careful than it need be.
    let mut together = parts.iter().map(Part::days).sum::<usize>() <= MOST_DAYS;
    if together {
        match commit(db, live, &parts).await {
            Ok(()) => lines = parts.iter().map(|part| part.lines.len()).sum(),
            Err(error) if !blames_rows(&error) => return Err(error),
            Err(_) => together = false,
        }
    }
    for part in parts.iter().filter(|_| !together) {
        match commit(db, live, std::slice::from_ref(part)).await {
            Ok(()) => lines += part.lines.len(),
            Err(error) if !blames_rows(&error) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, lines = part.lines.len(), "lines that the database refuses");
                let reason = error.to_string();
                let refused = |line: &usize| BadLine { line: *line, reason: reason.clone() };
                bad.extend(part.lines.iter().map(refused));
            }
        }
    }
    bad.sort_by_key(|bad| bad.line);
    metrics::counter!("chandlery_influx_lines_total", "outcome" => "stored")
        .increment(lines as u64);
    metrics::counter!("chandlery_influx_lines_total", "outcome" => "refused")
        .increment(bad.len() as u64);
    Ok(Written { lines, bad })
}

/// Whether the rows are at fault, so that sending them again would not help: their range is sealed,
/// or the server finds their values (SQLSTATE 22) or their relations (23) wrong.
fn blames_rows(error: &StoreError) -> bool {
    let of_rows = |class: &str| ["22", "23"].iter().any(|own| class.starts_with(own));
    matches!(error, StoreError::Sealed { .. })
        || error.code().is_some_and(|code| of_rows(code.code()))
}

/// Lines by what they are, each kind in one part.
fn sorted(body: &[u8], precision: Precision, now: Time, bucket: &str) -> (Vec<Part>, Vec<BadLine>) {
    let mut ticks: BTreeMap<(TickKind, SymbolName), (Vec<usize>, Vec<Tick>)> = BTreeMap::new();
    let mut rows: BTreeMap<(SymbolName, Interval), (Vec<usize>, Vec<Candle>)> = BTreeMap::new();
    let (mut points, mut bad) = (Gathered::default(), Vec::new());
    for line in lines::read(body, precision, now) {
        match line {
            Ok((line, Item::Tick(name, kind, tick))) => {
                let (lines, ticks) = ticks.entry((kind, name)).or_default();
                lines.push(line);
                ticks.push(tick);
            }
            Ok((line, Item::Candle(name, interval, candle))) => {
                let (lines, rows) = rows.entry((name, interval)).or_default();
                lines.push(line);
                rows.push(candle);
            }
            Ok((line, Item::Point(point))) => match points.add(bucket, &point) {
                Ok(()) => points.lines.push(line),
                Err(reason) => bad.push(BadLine { line, reason }),
            },
            Err(error) => bad.push(error),
        }
    }
    let ticks = ticks
        .into_iter()
        .map(|((kind, name), (lines, ticks))| Part { lines, rows: Rows::Ticks(name, kind, ticks) });
    let candles = rows.into_iter().map(|((name, interval), (lines, rows))| Part {
        lines,
        rows: Rows::Candles(name, interval, rows),
    });
    (ticks.chain(candles).chain(points.part()).collect(), bad)
}

/// Values as JSON, by key.
type Fields = BTreeMap<String, Box<RawValue>>;

/// Points of one body, those of the same series and time merged.
#[derive(Default)]
struct Gathered {
    lines: Vec<usize>,
    series: BTreeMap<[u8; 32], Series>,
    points: BTreeMap<([u8; 32], Time, i16), Fields>,
}

impl Gathered {
    fn add(&mut self, bucket: &str, point: &Point<'_>) -> Result<(), String> {
        let wrong = |error: serde_json::Error| error.to_string();
        let nanos = point.nanos.unwrap_or_default();
        let time = Time::from_micros(nanos.div_euclid(1_000)).map_err(|error| error.to_string())?;
        let below = i16::try_from(nanos.rem_euclid(1_000)).unwrap_or_default();
        let tags: BTreeMap<&str, &str> =
            point.tags.iter().map(|(key, value)| (key.as_ref(), value.as_ref())).collect();
        let named = (bucket, point.measurement.as_ref(), &tags);
        let hash = blake3::hash(&serde_json::to_vec(&named).map_err(wrong)?).into();
        if let std::collections::btree_map::Entry::Vacant(free) = self.series.entry(hash) {
            free.insert(Series {
                hash,
                bucket: bucket.to_owned(),
                measurement: point.measurement.to_string(),
                tags: serde_json::to_string(&tags).map_err(wrong)?,
            });
        }
        let fields = self.points.entry((hash, time, below)).or_default();
        for (key, value) in &point.fields {
            let mut json = String::new();
            value.write_json(&mut json);
            fields.insert(key.to_string(), RawValue::from_string(json).map_err(wrong)?);
        }
        Ok(())
    }

    fn part(self) -> Option<Part> {
        let point = |((hash, time, nanos), fields): (_, Fields)| {
            let fields = serde_json::to_string(&fields).unwrap_or_default();
            NewPoint { hash, time, nanos, fields }
        };
        let points = self.points.into_iter().map(point).collect();
        let series = self.series.into_values().collect();
        (!self.lines.is_empty())
            .then_some(Part { lines: self.lines, rows: Rows::Points(series, points) })
    }
}

impl Part {
    fn times(&self) -> Vec<Time> {
        match &self.rows {
            Rows::Ticks(_, _, ticks) => ticks.iter().map(|tick| tick.time).collect(),
            Rows::Candles(_, _, rows) => rows.iter().map(|candle| candle.open_time).collect(),
            Rows::Points(..) => Vec::new(),
        }
    }

    fn days(&self) -> usize {
        let mut days: Vec<Time> =
            self.times().into_iter().map(|time| Interval::D1.open_time(time)).collect();
        days.sort_unstable();
        days.dedup();
        days.len()
    }

    async fn make_partitions(&self, db: &Db) -> Result<(), StoreError> {
        let times = self.times();
        if matches!(self.rows, Rows::Ticks(..)) {
            partitions::ensure(db, Table::Ticks, times.iter().copied()).await?;
        }
        // A week may have begun in the month before.
        let weeks = times.iter().map(|time| Interval::W1.open_time(*time));
        partitions::ensure(db, Table::Candles, times.iter().copied().chain(weeks)).await?;
        Ok(())
    }
}

/// Writes parts in one transaction, and tells of the trades in them.
async fn commit(db: &Db, live: &Live, parts: &[Part]) -> Result<(), StoreError> {
    for part in parts {
        part.make_partitions(db).await?;
    }
    let committed = db
        .run("market.write_lines", |tx| async move {
            let mut committed = write_ticks(&tx, parts, TickKind::Trade).await?;
            committed.extend(write_ticks(&tx, parts, TickKind::AggTrade).await?);
            for part in parts {
                match &part.rows {
                    Rows::Ticks(..) => {}
                    Rows::Candles(name, interval, rows) => {
                        let symbol = symbols::ensure(&tx, name, None).await?;
                        candles::write_venue(&tx, &symbol, *interval, rows, None).await?;
                        live::announce_change(&tx, name, symbol.id).await?;
                    }
                    Rows::Points(series, rows) => points::write(&tx, series, rows).await?,
                }
            }
            Ok::<_, StoreError>(committed)
        })
        .await?;
    committed.into_iter().for_each(|one| live.publish(one));
    Ok(())
}

/// Writes the trades of one kind, of all symbols at once.
async fn write_ticks(
    tx: &Tx,
    parts: &[Part],
    wanted: TickKind,
) -> Result<Vec<Committed>, StoreError> {
    let mut works = Vec::new();
    for part in parts {
        if let Rows::Ticks(name, kind, ticks) = &part.rows
            && *kind == wanted
        {
            works.push((symbols::ensure(tx, name, None).await?, ticks));
        }
    }
    if works.is_empty() {
        return Ok(Vec::new());
    }
    let batches: Vec<Batch<'_>> =
        works.iter().map(|(symbol, ticks)| Batch { symbol, kind: wanted, ticks }).collect();
    let written = candles::write_many(tx, &batches, &vec![None; batches.len()]).await?;
    let committed = batches.iter().zip(written).map(|(batch, written)| Committed {
        symbol: batch.symbol.name.clone(),
        id: batch.symbol.id,
        kind: wanted,
        replay: false,
        ticks: written.places.iter().map(|at| batch.ticks[*at].clone()).collect(),
        rolls: written.rolls,
    });
    Ok(committed.collect())
}
