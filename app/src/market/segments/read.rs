//! Pages of rows wherever they are, in order.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use adapters::market::segments::{CandleChunk, Damage};
use domain::Time;
use domain::market::{Candle, Origin, Tick, TimeRange};
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
        self.candle_page_as_of(db, query, None).await
    }

    /// The same as it was stored at a time; see [`candles::page_as_of`].
    ///
    /// # Errors
    /// As [`Segments::candle_page`].
    pub async fn candle_page_as_of(
        &self,
        db: &Db,
        query: &CandleQuery,
        as_of: Option<Time>,
    ) -> Result<Vec<Candle>, SegmentError> {
        match candles::page_as_of(db, query, as_of).await {
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
                Ok::<_, StoreError>((sealed, candles::page_in_table(&tx, query, as_of).await?))
            })
            .await?;
        let limit = usize::try_from(query.limit).unwrap_or(0);
        let mut page = Page::new(rows, query.descending, limit);
        for group in groups(&sealed, query.descending) {
            let time = |(_, candle): &Known| candle.open_time;
            page.rows_before(&group[0].range, time);
            if page.is_full() {
                break;
            }
            let found = self.best(db, group, range, as_of, query.descending, page.room()).await?;
            // Corrected since they were known, for nothing else of the range is in the tables.
            let corrected = page.take_within(&group[0].range, time);
            page.rows.extend(merged(found, corrected, query.descending));
        }
        Ok(page.finish().into_iter().map(|(_, candle)| candle).collect())
    }

    /// The best candle of each time, of the segments of one partition.
    async fn best(
        &self,
        db: &Db,
        group: &[Segment],
        range: TimeRange,
        as_of: Option<Time>,
        descending: bool,
        most: usize,
    ) -> Result<Vec<Known>, SegmentError> {
        let mut runs = Vec::with_capacity(group.len());
        for segment in group {
            let mut run = Run::new(segment, as_of, descending)?;
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
            page.rows_before(&group[0].range, |tick| tick.time);
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
    fn rows_before(&mut self, sealed: &TimeRange, time: impl Fn(&T) -> Time) {
        let descending = self.descending;
        let before = |row: &T| {
            if descending { time(row) >= sealed.to } else { time(row) < sealed.from }
        };
        self.rows.extend(std::iter::from_fn(|| self.of_table.next_if(before)));
    }

    /// Takes out the table's rows of a sealed partition, which are next.
    fn take_within(&mut self, sealed: &TimeRange, time: impl Fn(&T) -> Time) -> Vec<T> {
        let within = |row: &T| sealed.from <= time(row) && time(row) < sealed.to;
        std::iter::from_fn(|| self.of_table.next_if(within)).collect()
    }

    fn finish(mut self) -> Vec<T> {
        self.rows.extend(self.of_table);
        self.rows.truncate(self.limit);
        self.rows
    }
}

/// A candle, and who made it.
type Known = (Origin, Candle);

/// The candles of one origin in one partition, read one after the other.
struct Run {
    origin: Origin,
    /// Those written later are passed over.
    as_of: i64,
    parts: Vec<(Arc<CandleChunk>, Range<usize>)>,
    descending: bool,
    /// Parts are taken from the end.
    rest: Range<usize>,
}

impl Run {
    fn new(segment: &Segment, as_of: Option<Time>, descending: bool) -> Result<Self, SegmentError> {
        let unknown = || StoreError::Unexpected(format!("origin {}", segment.origin));
        let origin = Origin::parse(&segment.origin).ok_or_else(unknown)?;
        let as_of = as_of.map_or(i64::MAX, Time::micros);
        Ok(Self { origin, as_of, parts: Vec::new(), descending, rest: 0..0 })
    }

    fn begin(&mut self) {
        if !self.descending {
            self.parts.reverse();
        }
        self.rest = self.parts.last().map_or(0..0, |(_, rows)| rows.clone());
    }

    /// The row that is next.
    fn peek(&mut self) -> Option<(&CandleChunk, usize)> {
        loop {
            let Some(row) = self.row() else {
                self.parts.pop()?;
                self.rest = self.parts.last().map_or(0..0, |(_, rows)| rows.clone());
                continue;
            };
            if self.parts.last()?.0.updated_at(row) <= self.as_of {
                return self.parts.last().map(|(chunk, _)| (&**chunk, row));
            }
            self.pass();
        }
    }

    fn row(&self) -> Option<usize> {
        let row = if self.descending { self.rest.end.checked_sub(1)? } else { self.rest.start };
        self.rest.contains(&row).then_some(row)
    }

    fn pass(&mut self) {
        if self.descending {
            self.rest.end -= 1;
        } else {
            self.rest.start += 1;
        }
    }
}

/// Walks through several origins at once and takes of each time the best.
fn best_of(runs: &mut [Run], descending: bool, most: usize) -> Result<Vec<Known>, Damage> {
    let mut found = Vec::with_capacity(most.min(65_536));
    while found.len() < most {
        let mut best: Option<Known> = None;
        for run in runs.iter_mut() {
            let origin = run.origin;
            let Some((chunk, row)) = run.peek() else { continue };
            let next = (origin, chunk.candle(row)?);
            if best.as_ref().is_none_or(|best| order(&next, best, descending).is_lt()) {
                best = Some(next);
            }
        }
        let Some(best) = best else { break };
        for run in runs.iter_mut() {
            let time = run.peek().map(|(chunk, row)| chunk.open_time(row));
            if time == Some(best.1.open_time.micros()) {
                run.pass();
            }
        }
        found.push(best);
    }
    Ok(found)
}

/// The best of both at each time.
fn merged(mut one: Vec<Known>, other: Vec<Known>, descending: bool) -> Vec<Known> {
    if !other.is_empty() {
        one.extend(other);
        one.sort_by(|one, other| order(one, other, descending));
        one.dedup_by_key(|(_, candle)| candle.open_time);
    }
    one
}

/// By time, and at the same time by what the query of pages prefers: the venue's own, else the one
/// that saw the most volume, else by origin.
fn order((origin, one): &Known, (than, other): &Known, descending: bool) -> Ordering {
    let by_time = one.open_time.cmp(&other.open_time);
    let by_time = if descending { by_time.reverse() } else { by_time };
    by_time
        .then_with(|| (*origin != Origin::Venue).cmp(&(*than != Origin::Venue)))
        .then_with(|| other.volume.cmp(&one.volume))
        .then_with(|| origin.cmp(than))
}
