//! What must be done from time to time: partitions made before rows need them, summaries refreshed.

use std::time::Duration;

use domain::Time;
use store::market::partitions::{self, Table};
use store::market::symbols;
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Clock;

const DAY_MICROS: i64 = 86_400_000_000;
/// Between two looks at the partitions.
const PARTITIONS_EVERY: u32 = 60;

/// How far ahead, and how often.
#[derive(Debug, Clone, Copy)]
pub struct UpkeepOptions {
    /// Days of ticks made ahead.
    pub tick_days_ahead: u32,
    /// Months of candles made ahead.
    pub candle_months_ahead: u32,
    /// Between two refreshes of the summaries.
    pub refresh_every: Duration,
}

/// Makes the partitions of today and of the days and months ahead.
///
/// # Errors
/// The database's.
pub async fn make_partitions(
    db: &Db,
    clock: &Clock,
    options: &UpkeepOptions,
) -> Result<usize, StoreError> {
    let now = clock.now();
    let days =
        |count: u32| (0..=i64::from(count)).map(move |day| now.plus_micros(day * DAY_MICROS));
    let ticks = partitions::ensure(db, Table::Ticks, days(options.tick_days_ahead)).await?;
    // 31 days a month meet every month at least once.
    let months: Vec<Time> = days(31 * options.candle_months_ahead).collect();
    let candles = partitions::ensure(db, Table::Candles, months).await?;
    Ok(ticks + candles)
}

/// Does what is due until `stop`; a failure is logged and tried again in the next round.
pub async fn run(db: &Db, clock: &Clock, options: &UpkeepOptions, stop: &CancellationToken) {
    let mut round = 0u32;
    while !stop.is_cancelled() {
        if round.is_multiple_of(PARTITIONS_EVERY) {
            note("partitions", make_partitions(db, clock, options).await.map(drop));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(options.refresh_every) => {}
        }
        note("summaries", symbols::refresh_summaries(db).await);
        round = round.wrapping_add(1);
    }
}

fn note(what: &'static str, result: Result<(), StoreError>) {
    let outcome = if result.is_ok() { "ok" } else { "error" };
    metrics::counter!("chandlery_upkeep_total", "what" => what, "outcome" => outcome).increment(1);
    if let Err(error) = result {
        tracing::warn!(what, %error, "upkeep failed; it is tried again");
    }
}
