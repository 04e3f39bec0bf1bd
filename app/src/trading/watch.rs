//! Watches bots: those that should run and are not heard of are silent.

use std::time::Duration;

use domain::trading::BotStatus;
use serde_json::json;
use store::Tx;
use store::trading::bots;
use tokio_util::sync::CancellationToken;

use super::{Trading, TradingError, note};
use crate::auth::Actor;

/// Between two looks; nobody may be silent for less than five seconds.
const BEAT: Duration = Duration::from_secs(1);
/// How many bots there are of each status is counted with each so many looks.
const COUNTED: u32 = 10;

impl Trading {
    /// Looks after bots until `stop`; a failure is logged and tried again.
    pub async fn watch(&self, stop: &CancellationToken) {
        let mut round = 0u32;
        loop {
            let looked = self.look().await.map(drop);
            let counted = match round.is_multiple_of(COUNTED) {
                true => self.count().await,
                false => Ok(()),
            };
            if let Err(error) = looked.and(counted) {
                tracing::warn!(%error, "bots can't be watched for the moment");
            }
            round = round.wrapping_add(1);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(BEAT) => {}
            }
        }
    }

    /// Takes bots that were not heard of in time for silent, and tells how many. However many processes look, each
    /// silence has one line in the record and one notice.
    ///
    /// # Errors
    /// The database's.
    pub async fn look(&self) -> Result<usize, TradingError> {
        let now = self.now();
        let claim = |tx: Tx| async move {
            let silent = bots::claim_silent(&tx, now).await?;
            for bot in &silent {
                let entry = self.entry(&Actor::default(), "bot.silent", bot.id);
                let last = bot.last_heartbeat.or(bot.started_at).map(|time| time.to_string());
                let after = json!({ "status": bot.status.as_str(), "last_heard_of": last });
                note(&tx, &entry, None, Some(after)).await?;
            }
            Ok::<_, TradingError>(silent)
        };
        let silent = self.0.db.run("trading.claim_silent", claim).await?;
        for bot in &silent {
            tracing::warn!(bot = %bot.id, "a bot is silent");
            self.at_hand(bot).await;
        }
        Ok(silent.len())
    }

    async fn count(&self) -> Result<(), TradingError> {
        let found = bots::by_status(&self.0.db).await?;
        for status in BotStatus::ALL {
            let count = found.iter().find(|(known, _)| known == status).map_or(0, |(_, n)| *n);
            metrics::gauge!("chandlery_bots", "status" => status.as_str()).set(count as f64);
        }
        Ok(())
    }
}

/// Says what this module counts.
pub fn describe_metrics() {
    metrics::describe_gauge!("chandlery_bots", "Bots of each status");
    metrics::describe_counter!(
        "chandlery_webhook_alerts_total",
        "Alerts that were taken in, by what came of them"
    );
    metrics::describe_counter!(
        "chandlery_bot_states_total",
        "Questions what a bot is doing, by whether that was at hand"
    );
}
