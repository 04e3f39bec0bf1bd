//! What is to be done now: looked up, nothing changed.

use std::collections::BTreeMap;
use std::fmt;

use domain::Time;
use domain::market::{SymbolName, TimeRange};
use serde::{Serialize, Serializer};
use store::Db;
use store::auth::audit::{self, OldMonth};
use store::auth::usage;
use store::market::segments::partitions::{self, Part, closes};
use store::market::segments::{self as catalogue, Segment, Series};
use store::market::{revisions, symbols};
use store::ops::points;
use store::trading::heartbeats;

use super::{Policy, is_warm};
use crate::market::segments::{SegmentError, Segments};

/// The newest day of candles stays in the tables, for summaries look there.
const NEWEST_MICROS: i64 = 86_400_000_000;

/// What is done with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Out of the tables into a segment.
    Seal,
    /// From the usual store into the cold one.
    Move,
    /// Away.
    Delete,
}

impl Action {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Move => "move",
            Self::Delete => "delete",
        }
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What.
    pub action: Action,
    /// With whose rows; points are nobody's.
    #[serde(serialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub symbol: Option<SymbolName>,
    /// Which.
    pub series: String,
    /// Of which origins, or of which bucket.
    pub origins: Vec<String>,
    /// From this time on.
    pub from: String,
    /// Before this time.
    pub to: String,
    /// How many rows.
    pub rows: u64,
    /// How large: rows without their indexes, or objects.
    pub bytes: u64,
    /// Where they are: `rows`, `warm` or `cold`.
    pub place: &'static str,
    /// Why it isn't done, if it isn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_because: Option<&'static str>,
}

fn text<S: Serializer>(name: &Option<SymbolName>, to: S) -> Result<S::Ok, S::Error> {
    match name {
        Some(name) => to.collect_str(name),
        None => to.serialize_none(),
    }
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, symbol, series, from, to, .. } = self;
        let symbol = symbol.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        write!(out, "{} {symbol}{series} {from} to {to}", action.as_str())
    }
}

/// A step, and what it works on.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What is told of it.
    pub step: Step,
    /// What it works on.
    pub what: What,
}

/// What a step works on.
#[derive(Debug, Clone)]
pub enum What {
    /// Rows of a partition.
    Rows(Part),
    /// A segment.
    Segment(Box<Segment>),
    /// Revisions of a month that were replaced before a time.
    Revisions(revisions::Month, Time),
    /// Points of a bucket before a time.
    Points(String, Time),
    /// A month of the record.
    Audit(OldMonth),
    /// Counts of requests before a time.
    RequestCounts(Time),
    /// Heartbeats of bots before a time.
    BotHeartbeats(Time),
}

/// What the policy asks for at `now`.
///
/// # Errors
/// The database's.
pub async fn plan(
    db: &Db,
    segments: &Segments,
    policy: &Policy,
    now: Time,
) -> Result<Vec<Planned>, SegmentError> {
    let names = names(db).await?;
    let mut planned = Vec::new();
    for part in partitions::filled(db, None, policy.youngest().before(now)).await? {
        let (keep, closed) = (policy.of(part.series), closes(part.series, part.range));
        let action = if closed <= keep.total.before(now) {
            Action::Delete
        } else if closed <= keep.hot.before(now) {
            Action::Seal
        } else {
            continue;
        };
        planned.extend(of_part(&names, part, action));
    }
    for segment in catalogue::all(db, None).await? {
        let (keep, closed) = (policy.of(segment.series), closes(segment.series, segment.range));
        let action = if closed <= keep.total.before(now) {
            Action::Delete
        } else if segments.has_cold() && is_warm(&segment) && closed <= keep.warm.before(now) {
            Action::Move
        } else {
            continue;
        };
        planned.extend(of_segment(&names, segment, action));
    }
    // Last, so that no candle loses its revisions and stays.
    let revised = policy.revisions.before(now);
    for month in revisions::months(db, revised).await? {
        let (series, range) = (Series::Candles(month.interval), month.range);
        let waits = planned.iter().any(|planned| match &planned.what {
            What::Rows(part) => {
                planned.step.kept_because.is_some()
                    && (part.symbol_id, part.series, part.range) == (month.symbol_id, series, range)
            }
            _ => false,
        });
        let candles_go = !waits && closes(series, range) <= policy.of(series).total.before(now);
        let before = if candles_go { Time::MAX } else { revised };
        planned.extend(of_revisions(&names, month, before));
    }
    let before = policy.points.before(now);
    if before > Time::MIN {
        let old = points::old(db, before).await?;
        planned.extend(old.into_iter().map(|old| of_points(old, before)));
    }
    planned.extend(of_accounts(db, policy, now).await?);
    Ok(planned)
}

/// What can be sealed before a time, of one symbol or of all.
///
/// # Errors
/// The database's.
pub async fn plan_seal(
    db: &Db,
    symbol_id: Option<i32>,
    before: Time,
) -> Result<Vec<Planned>, SegmentError> {
    let names = names(db).await?;
    let parts = partitions::filled(db, symbol_id, before).await?;
    let over = parts.into_iter().filter(|part| closes(part.series, part.range) <= before);
    Ok(over.filter_map(|part| of_part(&names, part, Action::Seal)).collect())
}

async fn names(db: &Db) -> Result<BTreeMap<i32, SymbolName>, SegmentError> {
    let all = symbols::list(db).await?;
    Ok(all.into_iter().map(|symbol| (symbol.id, symbol.name)).collect())
}

fn of_part(names: &BTreeMap<i32, SymbolName>, part: Part, action: Action) -> Option<Planned> {
    let newest = match part.series {
        Series::Candles(_) => part.last_time.plus_micros(-NEWEST_MICROS),
        Series::Ticks(_) => part.last_time,
    };
    let kept_because = if part.has_gap {
        Some("something of it is missing and may yet be repaired")
    } else if action == Action::Seal && part.range.to > newest {
        Some("it is the newest of its series")
    } else {
        None
    };
    let origins = part.origins.keys().cloned().collect();
    let (rows, bytes) = (part.rows(), part.bytes);
    let step = step(names, part.symbol_id, part.series, part.range, action)?;
    let step = Step { origins, rows, bytes, place: "rows", kept_because, ..step };
    Some(Planned { step, what: What::Rows(part) })
}

fn of_segment(
    names: &BTreeMap<i32, SymbolName>,
    segment: Segment,
    action: Action,
) -> Option<Planned> {
    let step = step(names, segment.symbol_id, segment.series, segment.range, action)?;
    let step = Step {
        origins: vec![segment.origin.clone()],
        rows: segment.row_count.unsigned_abs(),
        bytes: segment.byte_count.unsigned_abs(),
        place: segment.tier.as_str(),
        ..step
    };
    Some(Planned { step, what: What::Segment(Box::new(segment)) })
}

fn of_revisions(
    names: &BTreeMap<i32, SymbolName>,
    month: revisions::Month,
    before: Time,
) -> Option<Planned> {
    let (rows, bytes) = if before == Time::MAX { month.all } else { month.old };
    let series = Series::Candles(month.interval);
    let step = step(names, month.symbol_id, series, month.range, Action::Delete)?;
    let (series, origins) = (format!("revisions of {series}"), month.origins.clone());
    let step = Step { series, origins, rows, bytes, place: "rows", ..step };
    (rows > 0).then_some(Planned { step, what: What::Revisions(month, before) })
}

/// What is old of accounts' own tables, and of bots'.
async fn of_accounts(db: &Db, policy: &Policy, now: Time) -> Result<Vec<Planned>, SegmentError> {
    let months = audit::old_months(db, policy.audit.before(now)).await?;
    let mut planned: Vec<Planned> = months
        .into_iter()
        .map(|month| {
            let step = of_nobody("the record", month.from, month.to);
            let step = Step { rows: month.rows, bytes: month.bytes, ..step };
            Planned { step, what: What::Audit(month) }
        })
        .collect();
    let before = policy.request_counts.before(now);
    if let Some((first, rows)) = usage::old(db, before).await? {
        let step = Step { rows, ..of_nobody("counts of requests", first, before) };
        planned.push(Planned { step, what: What::RequestCounts(before) });
    }
    let before = policy.bot_heartbeats.before(now);
    if let Some((first, rows)) = heartbeats::old(db, before).await? {
        let step = Step { rows, ..of_nobody("heartbeats of bots", first, before) };
        planned.push(Planned { step, what: What::BotHeartbeats(before) });
    }
    Ok(planned)
}

fn of_points(old: points::OldPoints, before: Time) -> Planned {
    let step = Step {
        origins: vec![old.bucket.clone()],
        rows: old.row_count,
        bytes: old.bytes,
        ..of_nobody("points", old.first_time, before)
    };
    Planned { step, what: What::Points(old.bucket, before) }
}

/// Rows that belong to no symbol, to be deleted.
fn of_nobody(series: &str, from: Time, to: Time) -> Step {
    Step {
        action: Action::Delete,
        symbol: None,
        series: series.to_owned(),
        origins: Vec::new(),
        from: from.to_string(),
        to: to.to_string(),
        rows: 0,
        bytes: 0,
        place: "rows",
        kept_because: None,
    }
}

fn step(
    names: &BTreeMap<i32, SymbolName>,
    symbol_id: i32,
    series: Series,
    range: TimeRange,
    action: Action,
) -> Option<Step> {
    Some(Step {
        action,
        symbol: Some(names.get(&symbol_id)?.clone()),
        series: series.to_string(),
        origins: Vec::new(),
        from: range.from.to_string(),
        to: range.to.to_string(),
        rows: 0,
        bytes: 0,
        place: "",
        kept_because: None,
    })
}
