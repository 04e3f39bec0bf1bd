//! Sealed rows read as before by every way, damage is told by name, and rows are never lost.

mod as_of;
mod concurrent;
mod prune;
mod retention;
mod writes;

use std::path::Path;
use std::sync::Arc;

use adapters::market::files::ReadOptions;
use adapters::ops::objects::{Folder, Objects};
use app::Clock;
use app::market::coverage::{self, CoverageRange, CoverageRequest};
use app::market::import::ImportOptions;
use app::market::live::Live;
use app::market::read::{
    CandleRequest, Direction, MarketReader, PageRequest, ReadError, TickRequest,
};
use app::market::retention::{Planned, Step as Done, What, execute, plan_seal};
use app::market::segments::seal::{self, Step};
use app::market::segments::unseal::{together, unseal};
use app::market::segments::{SegmentError, Segments, open_for_writing};
use domain::Time;
use domain::market::{Candle, Interval, Origin, Tick, TimeRange};
use futures_util::TryStreamExt;
use store::Db;
use store::market::segments::{self as catalogue, Series};
use testkit::Migrated;
use tokio_util::sync::CancellationToken;

use super::{symbol, symbol_id, take};

const NAME: &str = "kraken:BCHEUR";

/// A database with three months of minutes (one in 97) and trades of three days, and a folder.
struct Market {
    fresh: Migrated,
    folder: tempfile::TempDir,
    segments: Segments,
}

impl Market {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let fresh = testkit::migrated().await;
        let mut candles = String::from("time,open,high,low,close,volume\n");
        // 2023-11-20T00:00:00Z and 100 days from there.
        for n in (0..144_000).step_by(97) {
            let (time, price) = (1_700_438_400 + n * 60, 1_000 + n % 977);
            candles +=
                &format!("{time},{price}.5,{}.25,{}.125,{price},0.{n:06}1\n", price + 3, price - 2);
        }
        let mut trades = String::from("id,time,price,quantity,side\n");
        for n in 0..600 {
            // Several of a time, and some that come in late.
            let time = 1_702_400_000 + (n / 3) * 1_000 - i64::from(n % 50 == 7) * 5_000;
            let side = if n % 2 == 0 { "buy" } else { "sell" };
            trades += &format!("{},{time},{}.{n},0.{n:04},{side}\n", n + 1, 100 + n);
        }
        for (name, text, interval) in
            [("candles.csv", candles, Some(Interval::M1)), ("trades.csv", trades, None)]
        {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            let options = options(interval);
            take(&fresh.db, &path, &options).await.expect("an import");
        }
        let segments = in_folder(folder.path());
        Self { fresh, folder, segments }
    }

    fn db(&self) -> &Db {
        &self.fresh.db
    }

    fn reader(&self) -> MarketReader {
        let segments = in_folder(self.folder.path());
        MarketReader::with_segments(self.db().clone(), Live::default(), Clock::system(), segments)
    }

    async fn seal_all(&self) -> Vec<Done> {
        let planned = plan_seal(self.db(), None, Clock::system().now()).await.expect("a plan");
        let stop = CancellationToken::new();
        let clock = Clock::system();
        let done = execute(self.db(), &clock, &self.segments, planned, &|_| {}, &stop).await;
        let report = done.expect("sealed");
        assert!(report.failed.is_empty(), "{:?}", report.failed);
        report.steps.into_iter().filter(|step| step.kept_because.is_none()).collect()
    }

    async fn rows_in_tables(&self) -> i64 {
        let sql =
            "SELECT (SELECT count(*) FROM market.candles) + (SELECT count(*) FROM market.ticks)";
        self.db().query("test", sql, &[]).await.expect("a count")[0].get(0)
    }

    /// A change of the bytes of every object whose path holds `part`; returns how many there are.
    fn change(&self, part: &str, change: impl Fn(&Path)) -> usize {
        let mut found = Vec::new();
        walk(&self.folder.path().join("segments"), &mut found);
        found.retain(|path| path.to_string_lossy().contains(part));
        found.iter().for_each(|path| change(path));
        found.len()
    }
}

pub(crate) fn in_folder(folder: &Path) -> Segments {
    let warm: Arc<dyn Objects> = Arc::new(Folder::new(folder.join("segments")));
    let cold: Arc<dyn Objects> = Arc::new(Folder::new(folder.join("cold")));
    Segments::new(warm, Some(cold), 64 << 20)
}

fn options(interval: Option<Interval>) -> ImportOptions {
    let read = ReadOptions { interval, ..ReadOptions::default() };
    ImportOptions { symbol: Some(symbol(NAME)), read, ..ImportOptions::default() }
}

fn walk(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn at(text: &str) -> Time {
    text.parse().expect("a time")
}

fn page(direction: Direction, limit: u32, cursor: Option<String>) -> PageRequest {
    let direction = Some(direction);
    PageRequest { direction, limit: Some(limit), cursor, ..PageRequest::default() }
}

/// Candles page by page.
async fn candle_pages(
    reader: &MarketReader,
    interval: Interval,
    origin: Option<Origin>,
    mut page: PageRequest,
) -> Vec<Candle> {
    let (mut all, limit) = (Vec::new(), page.limit);
    loop {
        let request = CandleRequest { symbol: symbol(NAME), interval, origin, page };
        let plan = reader.plan_candles(&request).await.expect("a plan");
        let found = reader.candles(&request.symbol, &plan).await.expect("a page");
        all.extend(found.candles);
        if found.next.is_none() {
            return all;
        }
        page = PageRequest { cursor: found.next, limit, ..PageRequest::default() };
    }
}

async fn tick_pages(reader: &MarketReader, direction: Direction) -> Vec<Tick> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let request =
            TickRequest { symbol: symbol(NAME), kind: None, page: page(direction, 41, cursor) };
        let plan = reader.plan_ticks(&request).await.expect("a plan");
        let found = reader.ticks(&request.symbol, &plan).await.expect("a page");
        all.extend(found.ticks);
        cursor = found.next;
        if cursor.is_none() {
            return all;
        }
    }
}

async fn all_candles(
    reader: &MarketReader,
    interval: Interval,
    range: PageRequest,
) -> Result<Vec<Candle>, ReadError> {
    let request = CandleRequest { symbol: symbol(NAME), interval, origin: None, page: range };
    let plan = reader.plan_candles(&request).await?;
    reader.all_candles(plan).try_concat().await
}

/// Everything, by every way of reading.
async fn everything(reader: &MarketReader) -> (Vec<Vec<Candle>>, Vec<Vec<Tick>>) {
    let mut candles = Vec::new();
    for interval in Interval::ALL {
        for direction in [Direction::Ascending, Direction::Descending] {
            let page = page(direction, 173, None);
            candles.push(candle_pages(reader, interval, None, page).await);
        }
        for origin in [Origin::Venue, Origin::Rollup(Interval::M1), Origin::Trades] {
            let page = page(Direction::Ascending, 173, None);
            candles.push(candle_pages(reader, interval, Some(origin), page).await);
        }
        candles.push(all_candles(reader, interval, PageRequest::default()).await.expect("all"));
        let (from, to) = (Some(at("2023-12-13T11:30:00Z")), Some(at("2024-02-01T00:00:00Z")));
        let range = PageRequest { from, to, ..PageRequest::default() };
        candles.push(all_candles(reader, interval, range).await.expect("a range"));
    }
    let mut ticks = Vec::new();
    for direction in [Direction::Ascending, Direction::Descending] {
        ticks.push(tick_pages(reader, direction).await);
    }
    let request = TickRequest { symbol: symbol(NAME), kind: None, page: PageRequest::default() };
    let plan = reader.plan_ticks(&request).await.expect("a plan");
    ticks.push(reader.all_ticks(plan).try_concat().await.expect("all"));
    (candles, ticks)
}

/// Every column of every row, as text.
async fn tables(db: &Db) -> Vec<String> {
    let mut rows = Vec::new();
    for sql in [
        "SELECT c::text FROM market.candles c ORDER BY symbol_id, interval, origin, open_time",
        "SELECT t::text FROM market.ticks t ORDER BY symbol_id, time, trade_id",
    ] {
        let found = db.query("test", sql, &[]).await.expect("rows");
        rows.extend(found.iter().map(|row| row.get::<_, String>(0)));
    }
    rows
}

#[tokio::test]
async fn sealed_rows_read_as_before_and_come_back_as_they_were() {
    let market = Market::new().await;
    let (before, stored) = (everything(&market.reader()).await, tables(market.db()).await);
    let steps = market.seal_all().await;
    assert!(steps.len() > 20, "{} partitions", steps.len());
    assert!(market.rows_in_tables().await < stored.len() as i64 / 2, "most of it is sealed");
    let after = everything(&market.reader()).await;
    assert!(before == after, "what is read is the same");
    let last = market.reader().price(&symbol(NAME)).await.expect("a price");
    assert!(last.price.is_some());

    let sealed = catalogue::all(market.db(), None).await.expect("the catalogue");
    for group in sealed.chunk_by(|one, other| together(one) == together(other)) {
        unseal(market.db(), &market.segments, group).await.expect("back");
    }
    let mut came_back = sealed.clone();
    came_back.sort_by_key(together);
    for group in came_back.chunk_by(|one, other| together(one) == together(other)) {
        unseal(market.db(), &market.segments, group).await.expect("nothing to do the second time");
    }
    assert_eq!(numbers(&tables(market.db()).await), numbers(&stored), "column for column");
    assert!(catalogue::all(market.db(), None).await.expect("the catalogue").is_empty());
    assert!(everything(&market.reader()).await == before);
}

/// Where two series part.
fn first_difference(one: &[Candle], other: &[Candle]) -> Option<String> {
    let pairs = one.iter().map(Some).chain([None]).zip(other.iter().map(Some).chain([None]));
    pairs.into_iter().find(|(one, other)| one != other).map(|(a, b)| format!("{a:?} is not {b:?}"))
}

/// Rows without the zeros that end a fraction.
fn numbers(rows: &[String]) -> Vec<String> {
    let trimmed = |field: &str| match field.contains('.') && field.parse::<f64>().is_ok() {
        true => field.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => field.to_owned(),
    };
    let row = |row: &String| {
        let fields = row.trim_matches(['(', ')']).split(',').map(trimmed);
        fields.collect::<Vec<_>>().join(",")
    };
    rows.iter().map(row).collect()
}

#[tokio::test]
async fn coverage_is_the_same_wherever_rows_are() {
    let market = Market::new().await;
    let told = async |interval| {
        let request = CoverageRequest { symbol: symbol(NAME), interval, from: None, to: None };
        let clock = Clock::system();
        let report = coverage::report(market.db(), &market.segments, &clock, &request).await;
        report.expect("a report").ranges.into_iter().map(|range| CoverageRange {
            // Who says that nothing was traded changes: the trade ids are in the segment now.
            source: None,
            ..range
        })
    };
    let intervals = [Interval::M1, Interval::M5, Interval::H1, Interval::D1];
    let mut before = Vec::new();
    for interval in intervals {
        before.push(told(interval).await.collect::<Vec<_>>());
    }
    assert!(before[0].len() > 1_000, "a hole after every minute");
    market.seal_all().await;
    for (interval, before) in intervals.into_iter().zip(before) {
        assert_eq!(told(interval).await.collect::<Vec<_>>(), before, "{interval}");
    }
}

#[tokio::test]
async fn stopped_after_any_step_nothing_is_lost_or_doubled() {
    let market = Market::new().await;
    let before = everything(&market.reader()).await;
    let symbol = store::market::symbols::get(market.db(), &symbol(NAME)).await.expect("a query");
    let symbol = symbol.expect("the symbol");
    let clock = Clock::system();
    let planned = plan_seal(market.db(), Some(symbol.id), clock.now()).await.expect("a plan");
    let parts: Vec<_> = planned
        .into_iter()
        .filter_map(|planned| match planned {
            Planned { what: What::Rows(part), step } if step.kept_because.is_none() => Some(part),
            _ => None,
        })
        .collect();
    let minutes = |part: &&store::market::segments::partitions::Part| {
        part.series == Series::Candles(Interval::M1)
    };
    let part = parts.iter().find(minutes).expect("a month of minutes");
    for last in [Step::Encoded, Step::Written, Step::Verified, Step::Deleted] {
        let go_on = |step| step != last;
        let stopped =
            seal::seal(market.db(), &clock, &market.segments, &symbol, part, &go_on).await;
        assert!(matches!(stopped, Err(SegmentError::Interrupted)), "{last:?}");
        assert!(everything(&market.reader()).await == before, "after {last:?}");
    }
    assert!(catalogue::all(market.db(), None).await.expect("the catalogue").is_empty());
    let go_on = |step| step != Step::Committed;
    let stopped = seal::seal(market.db(), &clock, &market.segments, &symbol, part, &go_on).await;
    assert!(matches!(stopped, Err(SegmentError::Interrupted)));
    assert!(everything(&market.reader()).await == before, "committed before it was stopped");
    market.seal_all().await;
    assert!(everything(&market.reader()).await == before, "the rest is sealed later");
    // What the stopped ones left is removed, but not before an hour has passed.
    let swept = market.segments.sweep(market.db(), &clock).await.expect("a sweep");
    assert_eq!(swept.objects, 0);
    std::fs::create_dir_all(market.folder.path().join("segments/candles/x")).expect("a folder");
    std::fs::write(market.folder.path().join("segments/candles/x/orphan.arrow"), "x")
        .expect("a file");
    let later = Clock::fixed(clock.now().plus_micros(2 * 3_600_000_000));
    let swept = market.segments.sweep(market.db(), &later).await.expect("a sweep");
    assert_eq!(swept.objects, 4, "of three that were stopped behind the writing, and this one");
    assert!(swept.partitions > 0, "emptied partitions are dropped");
    assert!(everything(&market.reader()).await == before, "nothing that is needed was removed");
}

#[tokio::test]
async fn damage_and_loss_are_told_by_name_and_the_rest_stays_readable() {
    let market = Market::new().await;
    let id = symbol_id(market.db(), NAME).await;
    let december = PageRequest {
        from: Some(at("2023-12-01T00:00:00Z")),
        to: Some(at("2024-01-01T00:00:00Z")),
        ..PageRequest::default()
    };
    let january = PageRequest {
        from: Some(at("2024-01-01T00:00:00Z")),
        to: Some(at("2024-02-01T00:00:00Z")),
        ..PageRequest::default()
    };
    let good = all_candles(&market.reader(), Interval::M1, january.clone()).await.expect("rows");
    market.seal_all().await;
    let damaged = market.change("/1m/venue/2023-12", |path| {
        let mut bytes = std::fs::read(path).expect("an object");
        let middle = bytes.len() / 3;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).expect("a changed object");
    });
    assert_eq!(damaged, 1);
    let error =
        all_candles(&market.reader(), Interval::M1, december.clone()).await.expect_err("damage");
    let text = error.to_string();
    assert!(matches!(error, ReadError::Segment(SegmentError::Damaged { .. })), "{text}");
    assert!(text.contains("candles/kraken/BCHEUR/1m/venue/2023-12-"), "{text}");
    assert!(all_candles(&market.reader(), Interval::M1, PageRequest::default()).await.is_err());
    let still =
        all_candles(&market.reader(), Interval::M1, january).await.expect("January is sound");
    assert_eq!(still, good);

    assert_eq!(
        market.change("/5m/rollup-1m/2023-12", |path| std::fs::remove_file(path).expect("removed")),
        1
    );
    let error = all_candles(&market.reader(), Interval::M5, december).await.expect_err("missing");
    assert!(error.to_string().contains("missing"), "{error}");
    let noted = catalogue::all(market.db(), Some(id)).await.expect("the catalogue");
    assert_eq!(noted.iter().filter(|segment| segment.damage.is_some()).count(), 2);
    // Nothing that can't be read comes back as nothing.
    let week = TimeRange { from: at("2023-12-05T00:00:00Z"), to: at("2023-12-06T00:00:00Z") };
    let opened = open_for_writing(market.db(), &market.segments, id, week).await;
    assert!(matches!(opened, Err(SegmentError::Damaged { .. })));
    let unknown = MarketReader::new(market.db().clone(), Live::default(), Clock::system());
    let error =
        all_candles(&unknown, Interval::H1, PageRequest::default()).await.expect_err("no store");
    assert!(matches!(error, ReadError::Segment(SegmentError::NoStore { .. })), "{error}");
}
