//! Pages of rows wherever they are, in order.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use adapters::market::segments::{CandleChunk, Damage};
use domain::market::{Candle, Origin, Tick, TimeRange};
use domain::{Amount, Time};
use store::market::candles::{self, CandleQuery};
use store::market::segments::{self as catalogue, Segment, Series};
use store::market::ticks::{self, TickQuery};
use store::{Db, StoreError};

use super::{SegmentError, Segments, chunks};

impl Segments {
    /// A page of candles, as [`candles::page`] gives it, of tables and segments.
    ///
    /// # Errors
    /// A segment that can't be read; the database's.
    pub async fn candle_page(
        &self,
        db: &Db,
        query: &CandleQuery,
    ) -> Result<Vec<Candle>, SegmentError> {
        match candles::page(db, query).await {
            Err(StoreError::Sealed { .. }) => {}
            page => return Ok(page?),
        }
        let Some(range) = TimeRange::new(query.from, query.to) else { return Ok(Vec::new()) };
        let (series, origin) = (Series::Candles(query.interval), query.origin.map(Origin::as_str));
        let (sealed, rows) = db
            .run("market.candles_and_segments", |tx| async move {
                catalogue::snapshot(&tx).await?;
                let sealed =
                    catalogue::of_range(&tx, query.symbol_id, series, origin, range).await?;
                Ok::<_, StoreError>((sealed, candles::page_in_table(&tx, query).await?))
            })
            .await?;
        let limit = usize::try_from(query.limit).unwrap_or(0);
        let mut page = Page::new(rows, query.descending, limit);
        for group in groups(&sealed, query.descending) {
            page.up_to(&group[0].range, |candle| candle.open_time);
            if page.is_full() {
                break;
            }
            let found = self.best(db, group, range, query.descending, page.room()).await?;
            page.rows.extend(found);
        }
        Ok(page.finish())
    }

    /// The best candle of each time, of the segments of one partition.
    pub(super) async fn best(
        &self,
        db: &Db,
        group: &[Segment],
        range: TimeRange,
        descending: bool,
        most: usize,
    ) -> Result<Vec<Candle>, SegmentError> {
        let mut runs = Vec::with_capacity(group.len());
        for segment in group {
            let mut run = Run::new(segment, descending)?;
            for (at, chunk) in chunks(segment)?.iter().enumerate() {
                if chunk.last >= range.from.micros() && chunk.first < range.to.micros() {
                    let opened = self.candles(db, segment, at, chunk).await?;
                    let rows = opened.within(range.from, range.to);
                    run.parts.push((opened, rows));
                }
            }
            run.begin();
            runs.push(run);
        }
        let found = best_of(&mut runs, descending, most);
        self.sound(db, &group[0], found).await
    }

    /// A page of ticks, as [`ticks::page`] gives it, of tables and segments.
    ///
    /// # Errors
    /// A segment that can't be read; the database's.
    pub async fn tick_page(&self, db: &Db, query: &TickQuery) -> Result<Vec<Tick>, SegmentError> {
        match ticks::page(db, query).await {
            Err(StoreError::Sealed { .. }) => {}
            page => return Ok(page?),
        }
        let (mut from, mut to) = (query.from, query.to);
        match query.after {
            Some(after) if query.descending => to = to.min(after.time.plus_micros(1)),
            Some(after) => from = from.max(after.time),
            None => {}
        }
        let Some(range) = TimeRange::new(from, to) else { return Ok(Vec::new()) };
        let series = Series::Ticks(query.kind);
        let (sealed, rows) = db
            .run("market.ticks_and_segments", |tx| async move {
                catalogue::snapshot(&tx).await?;
                let sealed = catalogue::of_range(&tx, query.symbol_id, series, None, range).await?;
                Ok::<_, StoreError>((sealed, ticks::page_in_table(&tx, query).await?))
            })
            .await?;
        let limit = usize::try_from(query.limit).unwrap_or(0);
        let mut page = Page::new(rows, query.descending, limit);
        for group in groups(&sealed, query.descending) {
            page.up_to(&group[0].range, |tick| tick.time);
            for segment in group {
                self.add_ticks(db, segment, query, range, &mut page).await?;
            }
            if page.is_full() {
                break;
            }
        }
        Ok(page.finish())
    }

    async fn add_ticks(
        &self,
        db: &Db,
        segment: &Segment,
        query: &TickQuery,
        range: TimeRange,
        page: &mut Page<Tick>,
    ) -> Result<(), SegmentError> {
        let mut chunks: Vec<_> = chunks(segment)?.into_iter().enumerate().collect();
        if query.descending {
            chunks.reverse();
        }
        for (at, chunk) in chunks {
            if page.is_full() {
                return Ok(());
            }
            if chunk.last < range.from.micros() || chunk.first >= range.to.micros() {
                continue;
            }
            let opened = self.ticks(db, segment, at, &chunk).await?;
            let rows = opened.within(range.from, range.to);
            let mut add = |row: usize| -> Result<(), Damage> {
                let behind = match query.after {
                    Some(after) if query.descending => opened.order(row)? < after,
                    Some(after) => opened.order(row)? > after,
                    None => true,
                };
                if behind && !page.is_full() {
                    page.rows.push(opened.tick(row)?);
                }
                Ok(())
            };
            let added = if query.descending {
                rows.rev().try_for_each(&mut add)
            } else {
                rows.into_iter().try_for_each(&mut add)
            };
            self.sound(db, segment, added).await?;
        }
        Ok(())
    }
}

/// Segments of the same partition side by side, in the order of reading.
pub(super) fn groups(sealed: &[Segment], descending: bool) -> impl Iterator<Item = &[Segment]> {
    let mut groups: Vec<&[Segment]> =
        sealed.chunk_by(|one, other| one.range == other.range).collect();
    if descending {
        groups.reverse();
    }
    groups.into_iter()
}

/// A page in the making: rows of the table, which fall between the partitions that are sealed.
struct Page<T> {
    rows: Vec<T>,
    of_table: std::iter::Peekable<std::vec::IntoIter<T>>,
    descending: bool,
    limit: usize,
}

impl<T> Page<T> {
    fn new(of_table: Vec<T>, descending: bool, limit: usize) -> Self {
        Self { rows: Vec::new(), of_table: of_table.into_iter().peekable(), descending, limit }
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.limit
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.rows.len())
    }

    /// Takes the table's rows that come before a sealed partition.
    fn up_to(&mut self, sealed: &TimeRange, time: impl Fn(&T) -> Time) {
        let descending = self.descending;
        let before = |row: &T| {
            if descending { time(row) >= sealed.to } else { time(row) < sealed.from }
        };
        while let Some(row) = self.of_table.next_if(before) {
            self.rows.push(row);
        }
    }

    fn finish(mut self) -> Vec<T> {
        self.rows.extend(self.of_table);
        self.rows.truncate(self.limit);
        self.rows
    }
}

/// The candles of one origin in one partition, read one after the other.
struct Run {
    origin: Origin,
    parts: Vec<(Arc<CandleChunk>, Range<usize>)>,
    descending: bool,
    /// Parts are taken from the end.
    rest: Range<usize>,
}

impl Run {
    fn new(segment: &Segment, descending: bool) -> Result<Self, SegmentError> {
        let unknown = || StoreError::Unexpected(format!("origin {}", segment.origin));
        let origin = Origin::parse(&segment.origin).ok_or_else(unknown)?;
        Ok(Self { origin, parts: Vec::new(), descending, rest: 0..0 })
    }

    fn begin(&mut self) {
        if !self.descending {
            self.parts.reverse();
        }
        self.rest = self.parts.last().map_or(0..0, |(_, rows)| rows.clone());
    }

    /// The row that is next.
    fn peek(&mut self) -> Option<(&CandleChunk, usize)> {
        while self.rest.is_empty() {
            self.parts.pop()?;
            self.rest = self.parts.last().map_or(0..0, |(_, rows)| rows.clone());
        }
        let row = if self.descending { self.rest.end - 1 } else { self.rest.start };
        self.parts.last().map(|(chunk, _)| (&**chunk, row))
    }

    fn pass(&mut self) {
        if self.descending {
            self.rest.end -= 1;
        } else {
            self.rest.start += 1;
        }
    }
}

/// What decides between candles of one time; the least is preferred.
type Preference = (bool, Reverse<Amount>, Origin);

/// Walks through several origins at once and takes of each time the best, by the same rule as the
/// query of pages: the venue's own, else the one that saw the most volume, else by origin.
fn best_of(runs: &mut [Run], descending: bool, most: usize) -> Result<Vec<Candle>, Damage> {
    let mut found = Vec::with_capacity(most.min(65_536));
    while found.len() < most {
        let mut next: Option<Time> = None;
        let mut best: Option<(Preference, Candle)> = None;
        let alone = runs.len() == 1;
        for run in runs.iter_mut() {
            let origin = run.origin;
            let Some((chunk, row)) = run.peek() else { continue };
            let candle = chunk.candle(row)?;
            if alone {
                best = Some(((false, Reverse(candle.volume), origin), candle));
                continue;
            }
            let (time, rank) =
                (candle.open_time, (origin != Origin::Venue, Reverse(candle.volume), origin));
            let sooner = |next: Time| if descending { time > next } else { time < next };
            let is_better = match (next, &best) {
                (Some(next), _) if sooner(next) => true,
                (Some(next), Some((other, _))) if next == time => rank < *other,
                (None, _) | (_, None) => true,
                _ => false,
            };
            if is_better {
                next = Some(time);
                best = Some((rank, candle));
            }
        }
        let Some((_, candle)) = best else { break };
        for run in runs.iter_mut() {
            let same = run.peek().is_some_and(|(chunk, row)| {
                alone || chunk.open_time(row) == candle.open_time.micros()
            });
            if same {
                run.pass();
            }
        }
        found.push(candle);
    }
    Ok(found)
}
