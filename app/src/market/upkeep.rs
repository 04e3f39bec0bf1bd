//! Partitions made before rows need them, so that no live tick waits for a table to be made.

use std::time::Duration;

use domain::Time;
use store::market::partitions::{self, Table};
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Clock;

const EVERY: Duration = Duration::from_secs(3_600);
const DAY_MICROS: i64 = 86_400_000_000;
/// The shortest month: in steps of this length no month is stepped over.
const SHORTEST_MONTH_DAYS: usize = 28;
const LONGEST_MONTH_DAYS: u32 = 31;

/// How far ahead partitions are made.
#[derive(Debug, Clone, Copy)]
pub struct Ahead {
    /// Of ticks.
    pub tick_days: u32,
    /// Of candles.
    pub candle_months: u32,
}

/// Makes what is missing from now on; returns how many partitions that were.
///
/// # Errors
/// The database's.
pub async fn make_ahead(db: &Db, clock: &Clock, ahead: Ahead) -> Result<usize, StoreError> {
    let ticks = partitions::ensure(db, Table::Ticks, days(clock.now(), ahead.tick_days, 1)).await?;
    let candle_days = ahead.candle_months * LONGEST_MONTH_DAYS;
    let times = days(clock.now(), candle_days, SHORTEST_MONTH_DAYS);
    let candles = partitions::ensure(db, Table::Candles, times).await?;
    Ok(ticks + candles)
}

/// Does so every hour until `stop`. A failure is told and tried again.
pub async fn run(db: &Db, clock: &Clock, ahead: Ahead, stop: CancellationToken) {
    let mut beat = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = beat.tick() => {}
        }
        match make_ahead(db, clock, ahead).await {
            Ok(0) => {}
            Ok(made) => tracing::info!(made, "partitions made ahead"),
            Err(error) => tracing::warn!(%error, "partitions can't be made ahead"),
        }
    }
}

/// `now` and the days after it in steps of `step`, the last day included.
fn days(now: Time, last: u32, step: usize) -> impl Iterator<Item = Time> {
    let at = move |day: u32| now.plus_micros(i64::from(day) * DAY_MICROS);
    (0..=last).step_by(step).chain([last]).map(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_day_and_no_month_is_left_out() {
        for start in ["2024-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2023-12-31T12:00:00Z"] {
            let now: Time = start.parse().unwrap();
            let week: Vec<String> = days(now, 7, 1).map(|time| time.to_string()).collect();
            assert_eq!(week.iter().collect::<BTreeSet<_>>().len(), 8);

            let months = |step: usize| -> BTreeSet<String> {
                days(now, 3 * 31, step).map(|time| time.to_string()[..7].to_owned()).collect()
            };
            assert_eq!(months(SHORTEST_MONTH_DAYS), months(1), "{start}");
            assert!(months(SHORTEST_MONTH_DAYS).len() >= 4);
        }
    }
}
