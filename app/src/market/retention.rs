//! How long each kind of data stays where: as rows, as segments at hand, as segments far away; and
//! when it is deleted. Partitions are moved as a whole, when the last of their rows is old enough.

mod plan;
mod policy;

use domain::Time;
use domain::market::SymbolName;
use serde::Serialize;
use store::auth::{audit, usage};
use store::market::segments::{self as catalogue, Segment, Tier, rows};
use store::market::{retention_runs, revisions, symbols};
use store::ops::points;
use store::trading::heartbeats;
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

pub use plan::{Action, Planned, Step, What, plan, plan_seal};
pub use policy::{Age, BadAge, Keep, Policy};

use crate::Clock;
use crate::market::live::announce_change;
use crate::market::segments::{SegmentError, Segments, Swept, seal};

/// Rows without a partition of their own are deleted so many at a time.
const BATCH: i64 = 10_000;

/// What a run did.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// When it began; RFC 3339.
    pub started_at: String,
    /// When it ended.
    pub finished_at: String,
    /// What was done, and what was kept back and why.
    pub steps: Vec<Step>,
    /// What was cleaned up.
    pub swept: Swept,
    /// The steps that failed; the others were done all the same.
    pub failed: Vec<Failed>,
}

/// A step that failed.
#[derive(Debug, Clone, Serialize)]
pub struct Failed {
    /// Which.
    pub step: Step,
    /// Why.
    pub error: String,
}

/// Does what the policy asks for now, and records it. `watch` hears of every step that is done.
///
/// # Errors
/// The database's while planning and recording, and that it was asked to stop; what fails about a
/// step is told in the report, and the next run tries it again.
pub async fn run(
    db: &Db,
    clock: &Clock,
    segments: &Segments,
    policy: &Policy,
    watch: &(dyn Fn(&Step) + Send + Sync),
    stop: &CancellationToken,
) -> Result<Report, SegmentError> {
    let started = clock.now();
    let planned = plan(db, segments, policy, started).await?;
    let mut report = execute(db, clock, segments, planned, watch, stop).await?;
    report.started_at = started.to_string();
    report.swept = segments.sweep(db, clock).await?;
    let finished = clock.now().max(started);
    report.finished_at = finished.to_string();
    let error = report.failed.first().map(|failed| failed.error.clone());
    let steps =
        serde_json::to_value(&report).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    retention_runs::add(db, started, finished, &steps, error.as_deref()).await?;
    Ok(report)
}

/// Does planned steps, one after the other.
///
/// # Errors
/// [`SegmentError::Interrupted`]; the steps done before stay done.
pub async fn execute(
    db: &Db,
    clock: &Clock,
    segments: &Segments,
    planned: Vec<Planned>,
    watch: &(dyn Fn(&Step) + Send + Sync),
    stop: &CancellationToken,
) -> Result<Report, SegmentError> {
    let mut report = Report {
        started_at: clock.now().to_string(),
        finished_at: String::new(),
        steps: Vec::new(),
        swept: Swept::default(),
        failed: Vec::new(),
    };
    for planned in planned {
        unless_stopped(stop)?;
        let mut step = planned.step.clone();
        if step.kept_because.is_none() {
            match one(db, clock, segments, &planned, stop).await {
                Ok(bytes) => step.bytes = bytes.unwrap_or(step.bytes),
                Err(SegmentError::Interrupted) => return Err(SegmentError::Interrupted),
                Err(error) => {
                    tracing::error!(%error, step = %step, "a step of retention failed");
                    report.failed.push(Failed { step, error: error.to_string() });
                    continue;
                }
            }
            let action = step.action.as_str();
            metrics::counter!("chandlery_retention_rows_total", "action" => action)
                .increment(step.rows);
        }
        watch(&step);
        report.steps.push(step);
    }
    report.finished_at = clock.now().to_string();
    Ok(report)
}

/// Does one step; tells how many bytes its objects have.
async fn one(
    db: &Db,
    clock: &Clock,
    segments: &Segments,
    planned: &Planned,
    stop: &CancellationToken,
) -> Result<Option<u64>, SegmentError> {
    let name = || {
        let name = planned.step.symbol.as_ref();
        name.ok_or_else(|| StoreError::Unexpected(format!("of no symbol: {}", planned.step)))
    };
    match (&planned.what, planned.step.action) {
        (What::Rows(part), Action::Seal) => {
            let name = name()?;
            let gone = || StoreError::Unexpected(format!("{name} is gone"));
            let symbol = symbols::get(db, name).await?.ok_or_else(gone)?;
            let go_on = |_| !stop.is_cancelled();
            let made = seal::seal(db, clock, segments, &symbol, part, &go_on).await?;
            Ok(Some(made.iter().map(|segment| segment.byte_count.unsigned_abs()).sum()))
        }
        (What::Rows(part), _) => {
            let name = name()?;
            db.run("market.delete_old_rows", |tx| async move {
                catalogue::lock(&tx, part.symbol_id).await?;
                let gone = rows::delete(&tx, part.symbol_id, part.series, part.range).await?;
                for (origin, count) in gone {
                    rows::forget(&tx, part.symbol_id, part.series, &origin, count).await?;
                }
                announce_change(&tx, name, part.symbol_id).await
            })
            .await?;
            Ok(None)
        }
        (What::Segment(segment), Action::Move) => {
            segments.move_to_cold(db, segment).await.map(|()| None)
        }
        (What::Segment(segment), _) => delete_segment(db, name()?, segment).await.map(|()| None),
        (What::Revisions(month, before), _) => {
            delete_revisions(db, name()?, month, *before, stop).await.map(|()| None)
        }
        (What::Points(bucket, before), _) => {
            delete_points(db, bucket, *before, stop).await.map(|()| None)
        }
        (What::Audit(month), _) => {
            let delete = |tx| async move { audit::drop_month(&tx, month).await };
            db.run("auth.delete_old_record", delete).await?;
            Ok(None)
        }
        (What::RequestCounts(before), _) => {
            let delete = |tx| async move { usage::prune(&tx, *before).await };
            db.run("auth.delete_old_counts", delete).await?;
            Ok(None)
        }
        (What::BotHeartbeats(before), _) => {
            delete_heartbeats(db, *before, stop).await.map(|()| None)
        }
    }
}

async fn delete_revisions(
    db: &Db,
    name: &SymbolName,
    month: &revisions::Month,
    before: Time,
    stop: &CancellationToken,
) -> Result<(), SegmentError> {
    loop {
        unless_stopped(stop)?;
        let gone = db.run("market.delete_old_revisions", |tx| async move {
            // What was known at a time is another answer now.
            announce_change(&tx, name, month.symbol_id).await?;
            revisions::prune(&tx, month, before, BATCH).await
        });
        if (gone.await? as i64) < BATCH {
            return Ok(());
        }
    }
}

async fn delete_heartbeats(
    db: &Db,
    before: Time,
    stop: &CancellationToken,
) -> Result<(), SegmentError> {
    loop {
        unless_stopped(stop)?;
        let prune = |tx| async move { heartbeats::prune(&tx, before, BATCH).await };
        if (db.run("trading.delete_old_heartbeats", prune).await? as i64) < BATCH {
            return Ok(());
        }
    }
}

async fn delete_points(
    db: &Db,
    bucket: &str,
    before: Time,
    stop: &CancellationToken,
) -> Result<(), SegmentError> {
    let mut next = Some(0);
    while let Some(series) = next {
        unless_stopped(stop)?;
        let pruned = db.run("ops.delete_old_points", |tx| async move {
            points::prune(&tx, bucket, series, before, BATCH).await
        });
        next = pruned.await?;
    }
    Ok(())
}

fn unless_stopped(stop: &CancellationToken) -> Result<(), SegmentError> {
    if stop.is_cancelled() { Err(SegmentError::Interrupted) } else { Ok(()) }
}

/// Forgets a segment; its object is swept when nobody can be reading it any more.
async fn delete_segment(db: &Db, name: &SymbolName, segment: &Segment) -> Result<(), SegmentError> {
    db.run("market.delete_segment", |tx| async move {
        let id = segment.symbol_id;
        catalogue::lock(&tx, id).await?;
        if catalogue::remove(&tx, &[segment.id]).await? == 1 {
            let count = segment.row_count.unsigned_abs();
            rows::forget(&tx, id, segment.series, &segment.origin, count).await?;
            catalogue::note_sealed_to(&tx, id).await?;
        }
        announce_change(&tx, name, id).await
    })
    .await?;
    Ok(())
}

/// Whether a segment is at hand.
fn is_warm(segment: &Segment) -> bool {
    segment.tier == Tier::Warm
}

/// Runs every hour until `stop`; a failure is logged and tried again with the next run.
pub async fn run_hourly(
    db: &Db,
    clock: &Clock,
    segments: &Segments,
    policy: &Policy,
    stop: &CancellationToken,
) {
    const EVERY: std::time::Duration = std::time::Duration::from_secs(3_600);
    // Not while the start still has its hands full.
    let mut pause = std::time::Duration::from_secs(60);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = EVERY,
        }
        let outcome = match run(db, clock, segments, policy, &|_| {}, stop).await {
            Ok(report) if report.failed.is_empty() => "ok",
            Ok(_) => "failed_steps",
            Err(SegmentError::Interrupted) => return,
            Err(error) => {
                tracing::error!(%error, "retention failed; it is tried again in an hour");
                "error"
            }
        };
        metrics::counter!("chandlery_retention_runs_total", "outcome" => outcome).increment(1);
        let now = clock.now().micros() / 1_000_000;
        metrics::gauge!("chandlery_retention_last_run_seconds").set(now as f64);
    }
}
