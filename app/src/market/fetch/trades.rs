//! Trades of symbols that are not recorded: asked of the venue once, and kept in memory for whoever
//! asks for the same later.
//!
//! They are not stored among the recorded ones. Candles are made of the trades that are stored, so
//! some of a minute's would make a wrong one, and who reads a range of trades takes it for whole.

use std::sync::Arc;
use std::time::Duration;

use adapters::market::venue::TradesFrom;
use domain::Time;
use domain::market::{SymbolName, Tick, TickKind};
use moka::future::Cache;

use super::{FetchError, Fetcher};
use crate::market::read::TradesWanted;

/// What was traded stays what it is, so that this is for the sake of memory only.
const LIFE: Duration = Duration::from_secs(3_600);
/// Trades kept, of all pages together: some 15 MB.
const MOST_KEPT: u64 = 100_000;
/// A page that ends before what is wanted is asked for anew after so long: more may have been traded.
const FRESH_MICROS: i64 = 2_000_000;

/// From which id or time on, or the newest.
type Key = (SymbolName, Option<i64>, Option<Time>);

/// A page as the venue gave it, or why it did not: for those who wait for the same request.
type Answer = Result<Arc<Page>, FetchError>;

/// What was asked for.
pub(super) struct Pages(Cache<Key, Answer>);

struct Page {
    ticks: Vec<Tick>,
    asked_at: Time,
}

impl Default for Pages {
    fn default() -> Self {
        let trades = |answer: &Answer| answer.as_ref().map_or(0, |page| page.ticks.len());
        let weight = move |_: &Key, answer: &Answer| 1 + trades(answer).min(10_000) as u32;
        let cache = Cache::builder().weigher(weight).max_capacity(MOST_KEPT);
        Self(cache.time_to_live(LIFE).build())
    }
}

impl Page {
    /// Those wanted, and whether no later answer of the venue could have others.
    fn cut(&self, wanted: TradesWanted, limit: usize) -> (&[Tick], bool) {
        let ticks = self.ticks.as_slice();
        let to = match wanted {
            TradesWanted::Newest => return (&ticks[ticks.len().saturating_sub(limit)..], false),
            TradesWanted::FromId(_) => Time::MAX,
            TradesWanted::Between(_, to) => to,
        };
        let end = ticks.iter().position(|tick| tick.time >= to);
        let found = &ticks[..end.unwrap_or(ticks.len()).min(limit)];
        (found, end.is_some() || found.len() == limit)
    }
}

impl Fetcher {
    /// Trades from the venue, oldest first, and of which kind they are. `None` where the venue is
    /// not asked: it is not known, is left alone for a while, or can't be asked for the last ones
    /// before a time.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn trades(
        &self,
        name: &SymbolName,
        wanted: TradesWanted,
        limit: usize,
    ) -> Result<Option<(TickKind, Vec<Tick>)>, FetchError> {
        let (from, key) = match wanted {
            TradesWanted::Newest => (TradesFrom::Newest, (name.clone(), None, None)),
            TradesWanted::FromId(id) => (TradesFrom::Id(id), (name.clone(), Some(id), None)),
            TradesWanted::Between(Some(time), _) => {
                (TradesFrom::Time(time), (name.clone(), None, Some(time)))
            }
            TradesWanted::Between(None, _) => return Ok(None),
        };
        let Some(source) = self.0.venues.get(name.venue()) else { return Ok(None) };
        let (pages, now) = (&self.0.trades.0, self.0.clock.now());
        let serves = |answer: &Answer| {
            let fresh = |page: &Page| now < page.asked_at.plus_micros(FRESH_MICROS);
            answer.as_ref().is_ok_and(|page| fresh(page) || page.cut(wanted, limit).1)
        };
        let answer = match pages.get(&key).await.filter(serves) {
            Some(answer) => answer,
            None => {
                let Some(source) = self.source(name.venue()) else { return Ok(None) };
                let asking = async {
                    let ticks = self.asked(name.venue(), source.trades(name.code(), from)).await?;
                    Ok(Arc::new(Page { ticks, asked_at: self.0.clock.now() }))
                };
                // Who comes meanwhile waits for the same request.
                let outdated = |answer: &Answer| !serves(answer);
                pages.entry(key).or_insert_with_if(asking, outdated).await.into_value()
            }
        };
        let (kind, page) = (source.venue().kind, answer?);
        Ok(Some((kind, page.cut(wanted, limit).0.to_vec())))
    }
}
