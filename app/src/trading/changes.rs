//! Bots that change, for whoever watches them: every process hears of each change, in whatever process it was made.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::Time;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Trading;
use crate::listen::{Heard, News, listen};

/// A bot as a commit left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BotNow {
    /// Number.
    pub id: Uuid,
    /// The account on which it trades.
    pub account: Uuid,
    /// Its status, or `deleted`.
    pub status: String,
    /// When it was last started; RFC 3339.
    pub started_at: Option<String>,
    /// When it was last heard of.
    pub last_heartbeat: Option<String>,
    /// How many heartbeats told of an error.
    pub error_count: i32,
    /// What it had when it last told, as a decimal.
    pub balance: Option<String>,
    /// What it had won by then.
    pub total_pnl: Option<String>,
}

/// What changed of somebody's bot.
pub type BotNews = News<(Uuid, BotNow)>;

/// What a notice has besides the bot, its revision and its status.
#[derive(Deserialize)]
struct Told {
    user: Option<Uuid>,
    account: Uuid,
    started_us: Option<i64>,
    heartbeat_us: Option<i64>,
    error_count: i32,
    balance: Option<String>,
    total_pnl: Option<String>,
}

/// A notice: the revision that is true now, the bot, and whose it is.
struct Notice {
    revision: i64,
    user: Option<Uuid>,
    bot: BotNow,
}

impl Trading {
    /// What changes from now on, in the order of commits.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Arc<BotNews>> {
        self.0.news.subscribe()
    }

    /// Listens until `stop`: what is at hand of a bot that changes, in whatever process, is dropped, and then told. While
    /// nothing is heard, states are read from the database.
    pub async fn hear_changes(&self, stop: &CancellationToken) {
        let (tell, mut told) = mpsc::unbounded_channel();
        let hearing = listen(&self.0.db, store::trading::LISTEN, stop, |heard| match heard {
            Heard::Connected => {
                self.0.states.doubt();
                self.0.hears.store(true, Ordering::SeqCst);
                self.publish(News::Gap);
            }
            // The other end is there as long as this is.
            Heard::Notice(text) => match read(&text) {
                Some(notice) => drop(tell.send(notice)),
                None => tracing::warn!("a notice of a bot can't be read"),
            },
            Heard::Lost => self.0.hears.store(false, Ordering::SeqCst),
        });
        let forgetting = async {
            while let Some(Notice { revision, user, bot }) = told.recv().await {
                self.forget(bot.id, revision).await;
                if let Some(user) = user {
                    self.publish(News::Changed((user, bot)));
                }
            }
        };
        tokio::select! {
            () = hearing => {}
            () = forgetting => {}
        }
    }

    fn publish(&self, news: BotNews) {
        // Nobody listening is no error.
        drop(self.0.news.send(Arc::new(news)));
    }
}

fn read(text: &str) -> Option<Notice> {
    let mut words = text.splitn(4, ' ');
    let id = words.next()?.parse().ok()?;
    let revision = words.next()?.parse().ok()?;
    let status = words.next()?.to_owned();
    let told: Told = serde_json::from_str(words.next()?).ok()?;
    let time =
        |us: Option<i64>| us.and_then(|us| Time::from_micros(us).ok()).map(|t| t.to_string());
    let bot = BotNow {
        id,
        account: told.account,
        status,
        started_at: time(told.started_us),
        last_heartbeat: time(told.heartbeat_us),
        error_count: told.error_count,
        balance: told.balance,
        total_pnl: told.total_pnl,
    };
    Some(Notice { revision, user: told.user, bot })
}
