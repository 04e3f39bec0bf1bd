//! Prices of symbols at a time, and ways from one asset to another through them.

use std::collections::HashMap;
use std::sync::Arc;

use domain::ledger::Rate;
use domain::market::{Interval, SymbolName};
use domain::{Amount, Decimal, Time};
use futures_util::TryStreamExt;
use store::ledger::owners;
use store::market::symbols;
use uuid::Uuid;

use super::{LedgerError, Missing, Reports};
use crate::market::read::{CandleRequest, Direction, PageRequest, ReadError};

/// Assets that others are converted over, the best first.
const OVER: [&str; 8] = ["USDT", "USDC", "USD", "BTC", "EUR", "ETH", "BUSD", "FDUSD"];
/// Symbols that are looked at for one step; the same two assets are traded at several venues.
const VENUES: usize = 3;
const DAY_MICROS: i64 = 86_400_000_000;
/// A price that is older says nothing any more.
const OLDEST_MICROS: i64 = 2 * DAY_MICROS;

/// What a symbol trades.
pub(super) struct Pair {
    name: SymbolName,
    base: String,
    quote: String,
    is_played: bool,
}

/// When a price is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Moment {
    /// Now.
    Latest,
    /// The last close by then.
    At(Time),
    /// The last close by then, of what was stored by then.
    KnownAt(Time),
}

/// The venue whose played prices count: that of an account at a replay. A replay's prices are of another time, so nowhere else
/// do they.
pub(super) type Played<'a> = Option<&'a str>;

/// A symbol, and whether it leads from its quote to its base.
type Way = Vec<(SymbolName, bool)>;

impl Reports {
    /// Refuses what nobody trades and the person doesn't have: counted in that, everything would be worth nothing.
    pub(super) async fn check_currency(&self, user: Uuid, name: &str) -> Result<(), LedgerError> {
        let is_traded = |pair: &Pair| pair.base == name || pair.quote == name;
        if OVER.contains(&name) || self.pairs().await?.iter().any(is_traded) {
            return Ok(());
        }
        match owners::has_asset(&self.0.db, user, name).await? {
            true => Ok(()),
            false => Err(LedgerError::UnknownCurrency(name.to_owned())),
        }
    }

    async fn pairs(&self) -> Result<Arc<Vec<Pair>>, LedgerError> {
        if let Some(pairs) = self.0.pairs.get(&()).await {
            return Ok(pairs);
        }
        let pair = |symbol: symbols::Symbol| {
            let (base, quote) = symbol.base.zip(symbol.quote)?;
            Some(Pair { name: symbol.name, base, quote, is_played: symbol.replay_of.is_some() })
        };
        let mut pairs: Vec<Pair> =
            symbols::list(&self.0.db).await?.into_iter().filter_map(pair).collect();
        pairs.sort_by(|a, b| a.name.cmp(&b.name));
        let pairs = Arc::new(pairs);
        self.0.pairs.insert((), Arc::clone(&pairs)).await;
        Ok(pairs)
    }

    /// A symbol's price, and when it was.
    pub(super) async fn price(
        &self,
        symbol: &SymbolName,
        moment: Moment,
    ) -> Result<Option<(Decimal, Time)>, LedgerError> {
        let (at, as_of) = match moment {
            Moment::Latest => {
                let latest = match self.0.reader.price(symbol).await {
                    Err(ReadError::UnknownSymbol(_)) => return Ok(None),
                    latest => latest?,
                };
                return Ok(latest.price.zip(latest.time));
            }
            Moment::At(at) => (at, None),
            Moment::KnownAt(at) => (at, Some(at)),
        };
        for interval in [Interval::M1, Interval::H1, Interval::D1] {
            let page = PageRequest {
                from: Some(at.plus_micros(-DAY_MICROS - interval.micros())),
                to: Some(at),
                direction: Some(Direction::Descending),
                limit: Some(2),
                cursor: None,
                as_of,
            };
            let request = CandleRequest { symbol: symbol.clone(), interval, origin: None, page };
            let plan = match self.0.reader.plan_candles(&request).await {
                Err(ReadError::UnknownSymbol(_)) => return Ok(None),
                plan => plan?,
            };
            let candles = self.0.reader.candles(symbol, &plan).await?.candles;
            let ended = |open_time| interval.close_time(open_time) <= at;
            if let Some(last) = candles.into_iter().find(|candle| ended(candle.open_time)) {
                return Ok(Some((last.close, interval.close_time(last.open_time))));
            }
        }
        Ok(None)
    }

    /// Ways from one asset to another, the best first: directly, then over another asset.
    fn ways(pairs: &[Pair], from: &str, to: &str, played: Played<'_>) -> Vec<Way> {
        let own = pairs.iter().filter(|pair| pair.is_played && played == Some(pair.name.venue()));
        let pairs: Vec<&Pair> = own.chain(pairs.iter().filter(|pair| !pair.is_played)).collect();
        let direct = |from: &str, to: &str| -> Vec<(SymbolName, bool)> {
            let with = pairs.iter().filter(|pair| pair.base == from && pair.quote == to);
            let against = pairs.iter().filter(|pair| pair.quote == from && pair.base == to);
            let with = with.map(|pair| (pair.name.clone(), false));
            with.chain(against.map(|pair| (pair.name.clone(), true))).take(VENUES).collect()
        };
        let mut ways: Vec<Way> = direct(from, to).into_iter().map(|step| vec![step]).collect();
        for over in OVER.into_iter().filter(|over| *over != from && *over != to) {
            let on = direct(over, to);
            for first in direct(from, over) {
                ways.extend(on.iter().map(|second| vec![first.clone(), second.clone()]));
            }
        }
        ways
    }

    /// What one asset is worth in another; none where no stored price says so.
    pub(super) async fn rate(
        &self,
        from: &str,
        to: &str,
        moment: Moment,
        played: Played<'_>,
    ) -> Result<Option<Rate>, LedgerError> {
        if from == to {
            return Ok(Some(Rate::one()));
        }
        'ways: for way in Self::ways(&self.pairs().await?, from, to, played) {
            let mut rate = Rate::one();
            for (symbol, against) in &way {
                let Some((price, time)) = self.price(symbol, moment).await? else { continue 'ways };
                rate = rate.then(price, *against, time);
            }
            return Ok(Some(rate));
        }
        Ok(None)
    }

    /// The closes of a symbol in a time, by when they were.
    pub(super) async fn closes(
        &self,
        symbol: &SymbolName,
        interval: Interval,
        from: Time,
        to: Time,
    ) -> Result<Closes, LedgerError> {
        let others = [Interval::H1, Interval::D1];
        for interval in
            std::iter::once(interval).chain(others.into_iter().filter(|o| *o != interval))
        {
            let begin = from.plus_micros(-OLDEST_MICROS - interval.micros());
            let page = PageRequest { from: Some(begin), to: Some(to), ..PageRequest::default() };
            let request = CandleRequest { symbol: symbol.clone(), interval, origin: None, page };
            let plan = match self.0.reader.plan_candles(&request).await {
                Err(ReadError::UnknownSymbol(_)) => return Ok(Closes::default()),
                plan => plan?,
            };
            let chunks: Vec<_> = self.0.reader.all_candles(plan).try_collect().await?;
            let close = |candle: &domain::market::Candle| {
                (interval.close_time(candle.open_time), candle.close)
            };
            let closes: Vec<_> = chunks.iter().flatten().map(close).collect();
            if !closes.is_empty() {
                return Ok(Closes(closes));
            }
        }
        Ok(Closes::default())
    }
}

/// Closes by time.
#[derive(Debug, Clone, Default)]
pub(super) struct Closes(Vec<(Time, Decimal)>);

impl Closes {
    /// The last by a time.
    pub(super) fn at(&self, time: Time) -> Option<(Decimal, Time)> {
        let (when, close) = self.0[..self.0.partition_point(|(when, _)| *when <= time)].last()?;
        (time.micros() - when.micros() <= OLDEST_MICROS).then_some((*close, *when))
    }
}

/// Steps from an asset to a currency, and whether each leads from its symbol's quote to its base.
type Steps = Vec<(Closes, bool)>;

/// Converts at many times into one currency; every way is read once.
pub(super) struct Converter<'a> {
    reports: &'a Reports,
    currency: &'a str,
    interval: Interval,
    from: Time,
    to: Time,
    /// By the replay whose prices count, and the asset.
    known: HashMap<(Option<String>, String), Steps>,
    /// Assets that could not be converted at some time.
    pub(super) missing: Missing,
}

impl<'a> Converter<'a> {
    /// Of times from one to another, by closes of an interval.
    pub(super) fn new(
        reports: &'a Reports,
        currency: &'a str,
        interval: Interval,
        from: Time,
        to: Time,
    ) -> Self {
        let (known, missing) = (HashMap::new(), Missing::new());
        Self { reports, currency, interval, from, to, known, missing }
    }

    /// Into what it converts.
    pub(super) fn currency(&self) -> &'a str {
        self.currency
    }

    /// What so much of an asset was worth at a time.
    pub(super) async fn worth(
        &mut self,
        asset: &str,
        amount: Amount,
        at: Time,
    ) -> Result<Option<Amount>, LedgerError> {
        self.worth_where(None, asset, amount, at).await
    }

    /// The same on an account where played prices may count.
    pub(super) async fn worth_where(
        &mut self,
        played: Played<'_>,
        asset: &str,
        amount: Amount,
        at: Time,
    ) -> Result<Option<Amount>, LedgerError> {
        if asset == self.currency || amount == Amount::ZERO {
            return Ok(Some(amount));
        }
        let key = (played.map(str::to_owned), asset.to_owned());
        if !self.known.contains_key(&key) {
            let way = self.way(asset, played).await?;
            self.known.insert(key.clone(), way);
        }
        let way = &self.known[&key];
        let step = |rate: Rate, (closes, against): &(Closes, bool)| {
            closes.at(at).map(|(price, time)| rate.then(price, *against, time))
        };
        let rate = way.iter().try_fold(Rate::one(), step).filter(|_| !way.is_empty());
        let worth = rate.and_then(|rate| rate.of(amount));
        if worth.is_none() {
            self.missing.insert(asset.to_owned());
        }
        Ok(worth)
    }

    async fn way(&self, asset: &str, played: Played<'_>) -> Result<Steps, LedgerError> {
        let pairs = self.reports.pairs().await?;
        'ways: for way in Reports::ways(&pairs, asset, self.currency, played) {
            let mut read = Vec::new();
            for (symbol, against) in way {
                let closes =
                    self.reports.closes(&symbol, self.interval, self.from, self.to).await?;
                if closes.0.is_empty() {
                    continue 'ways;
                }
                read.push((closes, against));
            }
            return Ok(read);
        }
        Ok(Vec::new())
    }
}
