//! What accounts or a bot were worth over time, by the time of the venue.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use domain::ledger::performance;
use domain::market::{Interval, SymbolName};
use domain::{Amount, Time};
use store::ledger::curves::{self, Buckets, Held, Scope};
use store::ledger::owners;
use uuid::Uuid;

use super::prices::{Closes, Converter, Moment, Played};
use super::{LedgerError, MOST_ROWS, Missing, Reports, add, too_much};

/// Longer than any record: all of it is in one bucket, or in two.
const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
/// Points of a curve at the most.
const MOST_POINTS: i64 = 10_000;

/// How far apart points are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Step {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day (UTC).
    #[default]
    Day,
}

impl Step {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    const fn interval(self) -> Interval {
        match self {
            Self::Minute => Interval::M1,
            Self::Hour => Interval::H1,
            Self::Day => Interval::D1,
        }
    }

    /// How far back a curve goes where nobody says, in points.
    const fn usual(self) -> i64 {
        match self {
            Self::Minute => 3 * 60,
            Self::Hour => 7 * 24,
            Self::Day => 365,
        }
    }
}

/// Which curve.
#[derive(Debug, Clone, Default)]
pub struct CurveQuery {
    /// Whose.
    pub user: Uuid,
    /// Of this account; without it and bot of all.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// How far apart points are.
    pub step: Step,
    /// The first point.
    pub from: Option<Time>,
    /// The end; without it now.
    pub to: Option<Time>,
    /// In what money is counted.
    pub currency: String,
}

/// What something was worth over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// By time.
    pub points: Vec<Point>,
    /// Assets that are left out somewhere.
    pub unpriced: Vec<String>,
}

/// What something was worth at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When.
    pub time: Time,
    /// What it was worth.
    pub equity: Amount,
    /// Net profit since the first point.
    pub realised: Amount,
    /// What open positions would win.
    pub unrealised: Amount,
    /// How far equity is below its highest point so far.
    pub drawdown: Amount,
    /// The same as a fraction of that point.
    pub drawdown_ratio: Option<f64>,
    /// Assets and symbols that are left out, because no stored price says what they were worth then.
    pub unpriced: Vec<String>,
}

/// A fall from a peak as a fraction of it.
pub(super) fn ratio(drawdown: Amount, peak: Amount) -> Option<f64> {
    (peak > Amount::ZERO).then(|| performance::ratio(drawdown, peak))
}

/// What is held of positions and money, and what was won, as time goes on.
struct Walk<'a> {
    reports: &'a Reports,
    worth: Converter<'a>,
    interval: Interval,
    from: Time,
    end: Time,
    /// The last point, where it is marked to the latest price.
    now: Option<Time>,
    closes: HashMap<SymbolName, Closes>,
    held: BTreeMap<Uuid, Held>,
    /// By the replay that it is at, and asset.
    money: BTreeMap<(Option<String>, String), Amount>,
    missing: Missing,
}

impl Reports {
    /// What accounts or a bot were worth over time.
    ///
    /// # Errors
    /// [`LedgerError`]: an unknown account or bot, too many points or events, the database's.
    pub async fn curve(&self, query: &CurveQuery) -> Result<Curve, LedgerError> {
        self.check_currency(query.user, &query.currency).await?;
        let scope = self.scope(query.user, query.account, query.bot).await?;
        let now = self.now();
        let end = query.to.unwrap_or(now).min(now);
        let interval = query.step.interval();
        let back = end.plus_micros(-query.step.usual() * interval.micros());
        let from = query.from.unwrap_or_else(|| interval.open_time(back));
        let times = times(from, end, interval)?;
        let when = Buckets {
            from: Some(from),
            to: end,
            length: Duration::from_micros(interval.micros().unsigned_abs()),
        };
        let held = curves::held(&self.0.db, &scope, from, when, MOST_ROWS + 1).await?;
        if held.len() as i64 > MOST_ROWS {
            return Err(too_much("states of positions", MOST_ROWS));
        }
        let won = curves::won(&self.0.db, &scope, when).await?;
        let mut worth = Converter::new(self, &query.currency, interval, from, end);
        let moved = self.money(&scope, from, when, &mut worth).await?;
        let mut walk = Walk {
            reports: self,
            worth,
            interval,
            from,
            end,
            now: (end == now).then_some(now),
            closes: HashMap::new(),
            held: BTreeMap::new(),
            money: BTreeMap::new(),
            missing: Missing::new(),
        };
        let mut changes = BTreeMap::<Option<Time>, Vec<Change>>::new();
        let held = held.into_iter().map(|held| (held.begins, Change::Held(held)));
        let won = won.into_iter().map(|won| (Some(won.begins), Change::Won(won.quote, won.net)));
        let money = |(played, m): (_, curves::Moved)| {
            (m.begins, Change::Money((played, m.asset), m.amount))
        };
        let moved = moved.into_iter().map(money);
        for (begins, change) in held.chain(won).chain(moved) {
            changes.entry(begins).or_default().push(change);
        }
        let points = walk.points(&times, changes, scope.bot.is_none()).await?;
        let unpriced: Missing = points.iter().flat_map(|point| point.unpriced.clone()).collect();
        Ok(Curve { points, unpriced: unpriced.into_iter().collect() })
    }

    /// Money at the beginning, under no time, and what came and went in each bucket, by the replay that it is at. A
    /// bot has what its account got from outside, and its own profit.
    async fn money(
        &self,
        scope: &Scope,
        from: Time,
        when: Buckets,
        worth: &mut Converter<'_>,
    ) -> Result<Vec<(Option<String>, curves::Moved)>, LedgerError> {
        let db = &self.0.db;
        if scope.bot.is_some() {
            let currency = worth.currency().to_owned();
            let mut sum = self.starting_balance(&scope.accounts, &currency, when.to).await?;
            let before = Buckets { from: None, to: from, length: CENTURY };
            for won in curves::won(db, scope, before).await? {
                let net = worth.worth(&won.quote, won.net, from).await?;
                add(&mut sum, net.unwrap_or_default())?;
            }
            return Ok(vec![(None, curves::Moved { begins: None, asset: currency, amount: sum })]);
        }
        let mut played = owners::played(db, &scope.accounts).await?;
        let mut places = BTreeMap::<Option<String>, Vec<Uuid>>::new();
        for account in &scope.accounts {
            places.entry(played.remove(account)).or_default().push(*account);
        }
        let mut all = Vec::new();
        for (place, accounts) in places {
            let moved = since_the_beginning(curves::moved(db, &accounts, from, when.length).await?);
            all.extend(moved?.into_iter().map(|moved| (place.clone(), moved)));
        }
        Ok(all)
    }
}

/// What there was at the beginning, in place of what there is now: that, less what came and went since.
fn since_the_beginning(mut moved: Vec<curves::Moved>) -> Result<Vec<curves::Moved>, LedgerError> {
    let mut then = BTreeMap::<String, Amount>::new();
    for row in &moved {
        let amount = if row.begins.is_none() { row.amount } else { -row.amount };
        add(then.entry(row.asset.clone()).or_default(), amount)?;
    }
    moved.retain(|row| row.begins.is_some());
    let then = then.into_iter();
    moved.extend(then.map(|(asset, amount)| curves::Moved { begins: None, asset, amount }));
    Ok(moved)
}

/// The full minutes, hours or days from `from` on, `from` itself, and the end.
fn times(from: Time, end: Time, interval: Interval) -> Result<Vec<Time>, LedgerError> {
    if from > end {
        return Err(LedgerError::InvalidRange(format!("from {from} is after to {end}")));
    }
    let points = (end.micros() - from.micros()) / interval.micros();
    if points > MOST_POINTS {
        let text = format!("{points} points are more than {MOST_POINTS}; ask for a shorter time");
        return Err(LedgerError::InvalidRange(text));
    }
    let mut times = vec![from];
    let mut next = interval.close_time(interval.open_time(from));
    while next < end {
        times.push(next);
        next = interval.close_time(next);
    }
    if end > from {
        times.push(end);
    }
    Ok(times)
}

enum Change {
    Held(Held),
    Won(String, Amount),
    Money((Option<String>, String), Amount),
}

impl Walk<'_> {
    async fn points(
        &mut self,
        times: &[Time],
        mut changes: BTreeMap<Option<Time>, Vec<Change>>,
        whole: bool,
    ) -> Result<Vec<Point>, LedgerError> {
        let (mut points, mut realised) = (Vec::with_capacity(times.len()), Amount::ZERO);
        let mut peak: Option<Amount> = None;
        // Profit that could not be converted is not in any later point either.
        let mut lost = Missing::new();
        for time in times {
            // All of a bucket has happened at its end.
            while let Some(next) = changes.first_entry()
                && next.key().is_none_or(|begins| begins < *time)
            {
                for change in next.remove() {
                    match change {
                        Change::Held(held) if held.quantity == Amount::ZERO => {
                            self.held.remove(&held.position);
                        }
                        Change::Held(held) => drop(self.held.insert(held.position, held)),
                        Change::Money(what, amount) => {
                            add(self.money.entry(what).or_default(), amount)?;
                        }
                        Change::Won(quote, net) => {
                            let net = self.worth.worth(&quote, net, *time).await?;
                            match net {
                                Some(net) => add(&mut realised, net)?,
                                None => drop(lost.insert(quote)),
                            }
                        }
                    }
                }
            }
            let (unrealised, of_margin) = self.unrealised(*time).await?;
            let mut equity = if whole { of_margin } else { unrealised };
            if !whole {
                add(&mut equity, realised)?;
            }
            for ((played, asset), amount) in self.money.clone() {
                let value = match self.now == Some(*time) {
                    true => self.latest_worth(played.as_deref(), &asset, amount).await?,
                    false => {
                        self.worth.worth_where(played.as_deref(), &asset, amount, *time).await?
                    }
                };
                add(&mut equity, value.unwrap_or_default())?;
            }
            let highest = peak.map_or(equity, |peak| peak.max(equity));
            peak = Some(highest);
            let drawdown = highest.checked_sub(equity).unwrap_or_default();
            let drawdown_ratio = ratio(drawdown, highest);
            let mut missing = lost.clone();
            missing.append(&mut self.missing);
            missing.append(&mut self.worth.missing);
            let (time, unpriced) = (*time, missing.into_iter().collect());
            points.push(Point {
                time,
                equity,
                realised,
                unrealised,
                drawdown,
                drawdown_ratio,
                unpriced,
            });
        }
        Ok(points)
    }

    async fn latest_worth(
        &mut self,
        played: Played<'_>,
        asset: &str,
        amount: Amount,
    ) -> Result<Option<Amount>, LedgerError> {
        if amount == Amount::ZERO {
            return Ok(Some(amount));
        }
        let currency = self.worth.currency();
        let rate = self.reports.rate(asset, currency, Moment::Latest, played).await?;
        let worth = rate.and_then(|rate| rate.of(amount));
        if worth.is_none() {
            self.missing.insert(asset.to_owned());
        }
        Ok(worth)
    }

    /// What open positions would win, and those on margin alone: what is held on spot is money already.
    async fn unrealised(&mut self, time: Time) -> Result<(Amount, Amount), LedgerError> {
        let (mut all, mut margin) = (Amount::ZERO, Amount::ZERO);
        for held in self.held.clone().into_values() {
            let Ok(symbol) = held.symbol.parse::<SymbolName>() else { continue };
            let price = if self.now == Some(time) {
                self.reports.price(&symbol, Moment::Latest).await?
            } else {
                if !self.closes.contains_key(&symbol) {
                    let (from, to) = (self.from, self.end);
                    let read = self.reports.closes(&symbol, self.interval, from, to);
                    self.closes.insert(symbol.clone(), read.await?);
                }
                self.closes[&symbol].at(time)
            };
            let gain = price
                .and_then(|(price, _)| held.quantity.checked_times(price)?.checked_sub(held.cost));
            let gain = match gain {
                Some(gain) if self.now == Some(time) => {
                    self.latest_worth(None, &held.quote, gain).await?
                }
                Some(gain) => self.worth.worth(&held.quote, gain, time).await?,
                None => None,
            };
            let Some(gain) = gain else {
                self.missing.insert(held.symbol.clone());
                continue;
            };
            add(&mut all, gain)?;
            if held.mode == "margin" {
                add(&mut margin, gain)?;
            }
        }
        Ok((all, margin))
    }
}
