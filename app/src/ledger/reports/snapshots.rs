//! Snapshots at full hours, by what was recorded until then: one that is made late says the same as one on time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::market::Interval;
use domain::{Amount, Time};
use store::Tx;
use store::ledger::owners;
use store::ledger::past::{self, External, HeldThen};
use store::ledger::snapshots::{self, Due, Snapshot, SnapshotQuery};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::portfolio::Pricing;
use super::prices::{Converter, Moment};
use super::{DEFAULT_CURRENCY, LedgerError, MOST_ROWS, Reports, add};

/// What is recorded for an hour is committed so long after it: no command takes longer.
const GRACE_MICROS: i64 = 60_000_000;
const BEAT: Duration = Duration::from_secs(20);
const MOST: i64 = 10_000;

/// What an account or bot came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// Net profit by quote.
    pub(super) totals: BTreeMap<String, Amount>,
    closed: i64,
    won: i64,
    peak: Option<Amount>,
}

impl Reports {
    /// Snapshots of somebody's accounts, or of a bot, by time: the latest of the range.
    ///
    /// # Errors
    /// [`LedgerError`]: an unknown account or bot, the database's.
    pub async fn snapshots(
        &self,
        user: Uuid,
        account: Option<Uuid>,
        query: SnapshotQuery,
    ) -> Result<Vec<Snapshot>, LedgerError> {
        let scope = self.scope(user, account, query.bot).await?;
        let query = SnapshotQuery { accounts: scope.accounts, limit: MOST, ..query };
        let mut found = snapshots::page(&self.0.db, &query).await?;
        found.reverse();
        Ok(found)
    }

    /// Snapshots, by time, in another currency: at the last hourly close of their hour, as curves are. Gives the hours that
    /// have none too, whose snapshots are left out. How far one is below its peak is what was recorded, at that price.
    ///
    /// # Errors
    /// [`LedgerError::UnknownCurrency`]; the database's.
    pub async fn in_currency(
        &self,
        user: Uuid,
        found: Vec<Snapshot>,
        currency: &str,
    ) -> Result<(Vec<Snapshot>, Vec<Time>), LedgerError> {
        self.check_currency(user, currency).await?;
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return Ok((found, vec![]));
        };
        let mut worth = Converter::new(self, currency, Interval::H1, first.at, last.at);
        let (mut told, mut unconverted) = (vec![], BTreeSet::new());
        for mut made in found {
            if made.currency == currency {
                told.push(made);
                continue;
            }
            let (asset, at, mut whole) = (made.currency.clone(), made.at, true);
            let Snapshot { equity, realised_pnl, unrealised_pnl, peak, .. } = &mut made;
            for figure in [equity, realised_pnl, unrealised_pnl, peak] {
                match worth.worth(&asset, *figure, at).await? {
                    Some(amount) => *figure = amount,
                    None => whole = false,
                }
            }
            if whole {
                // It was counted of the currency itself.
                (made.cash, made.currency) = (None, currency.to_owned());
                told.push(made);
            } else {
                unconverted.insert(at);
            }
        }
        Ok((told, unconverted.into_iter().collect()))
    }

    /// Makes snapshots as hours end, until `stop`; a failure is logged and tried again.
    pub async fn run_snapshots(&self, stop: &CancellationToken) {
        loop {
            let outcome = match self.make_snapshots(stop).await {
                Ok(_) => "ok",
                Err(error) => {
                    tracing::warn!(%error, "snapshots can't be made for the moment");
                    "error"
                }
            };
            metrics::counter!("chandlery_ledger_snapshot_runs_total", "outcome" => outcome)
                .increment(1);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(BEAT) => {}
            }
        }
    }

    /// Makes all snapshots that are due, each account's in their order, and tells how many hours of accounts
    /// they are.
    ///
    /// # Errors
    /// The database's; what was made by then stays.
    pub async fn make_snapshots(&self, stop: &CancellationToken) -> Result<u64, LedgerError> {
        let hour = Interval::H1.open_time(self.now().plus_micros(-GRACE_MICROS));
        let mut made = 0;
        for Due { account, last, begun } in snapshots::due(&self.0.db, hour).await? {
            let Some(before) = last.or(begun) else { continue };
            let mut at = Interval::H1.close_time(Interval::H1.open_time(before));
            while at <= hour && !stop.is_cancelled() {
                self.make_snapshot(account, at).await?;
                metrics::counter!("chandlery_ledger_snapshots_total").increment(1);
                made += 1;
                at = Interval::H1.close_time(at);
            }
        }
        Ok(made)
    }

    /// Makes all snapshots again from the record.
    ///
    /// # Errors
    /// The database's.
    pub async fn remake_snapshots(&self, stop: &CancellationToken) -> Result<u64, LedgerError> {
        let forget = |tx: Tx| async move { snapshots::forget(&tx).await };
        self.0.db.run("ledger.forget_snapshots", forget).await?;
        self.make_snapshots(stop).await
    }

    /// What each bot of accounts, and under no bot each account, came to by an event.
    pub(super) async fn sums(
        &self,
        accounts: &[Uuid],
        event: i64,
    ) -> Result<BTreeMap<(Uuid, Option<Uuid>), Sums>, LedgerError> {
        let mut last: BTreeMap<Uuid, i64> = accounts.iter().map(|account| (*account, 0)).collect();
        let mut sums = BTreeMap::<_, Sums>::new();
        for snapshot in snapshots::latest(&self.0.db, accounts, event).await? {
            let Snapshot {
                account, bot, totals, closed_trades: closed, won_trades: won, peak, ..
            } = snapshot;
            last.insert(account, snapshot.event);
            sums.insert((account, bot), Sums { totals, closed, won, peak: Some(peak) });
        }
        let last: Vec<(Uuid, i64)> = last.into_iter().collect();
        for added in snapshots::added(&self.0.db, &last, event).await? {
            for bot in [None, added.bot].into_iter().take(1 + usize::from(added.bot.is_some())) {
                let sum = sums.entry((added.account, bot)).or_default();
                add(sum.totals.entry(added.quote.clone()).or_default(), added.net)?;
                sum.closed += added.closed;
                sum.won += added.won;
            }
        }
        Ok(sums)
    }

    async fn make_snapshot(&self, account: Uuid, at: Time) -> Result<(), LedgerError> {
        let db = &self.0.db;
        let event = past::position_at(db, at).await?;
        let mut sums = self.sums(&[account], event).await?;
        sums.entry((account, None)).or_default();
        let held = past::held(db, &[account], event).await?;
        let external = past::external(db, &[account], event, None, MOST_ROWS).await?;
        let balances = past::balances(db, &[account], event).await?;
        let played = owners::played(db, &[account]).await?.remove(&account);
        let mut made = Vec::new();
        for ((_, bot), sums) in sums {
            let mut pricing = Pricing::new(self, DEFAULT_CURRENCY, Moment::KnownAt(at));
            let of = held.iter().filter(|held| bot.is_none() || held.bot == bot);
            let (unrealised, margin) = unrealised(of.clone(), &mut pricing).await?;
            let mut realised = Amount::ZERO;
            for (quote, net) in &sums.totals {
                let net = pricing.worth(quote, *net).await?;
                add(&mut realised, net.unwrap_or_default())?;
            }
            let (equity, cash) = if bot.is_some() {
                (self.bots_equity(&external, realised, unrealised).await?, None)
            } else {
                let (mut equity, mut cash) = (margin, Amount::ZERO);
                for row in &balances {
                    let mut all = row.cash;
                    add(&mut all, row.held)?;
                    if row.asset == DEFAULT_CURRENCY {
                        cash = all;
                    }
                    let worth = pricing.worth_where(played.as_deref(), &row.asset, all).await?;
                    add(&mut equity, worth.unwrap_or_default())?;
                }
                (equity, Some(cash))
            };
            made.push(Snapshot {
                account,
                bot,
                at,
                event,
                currency: DEFAULT_CURRENCY.to_owned(),
                equity,
                cash,
                realised_pnl: realised,
                unrealised_pnl: unrealised,
                open_positions: of.count() as i64,
                closed_trades: sums.closed,
                won_trades: sums.won,
                peak: sums.peak.map_or(equity, |peak| peak.max(equity)),
                totals: sums.totals,
                unpriced: pricing.missing.into_iter().collect(),
            });
        }
        let made = &made;
        let write = |tx: Tx| async move { snapshots::write(&tx, made).await };
        Ok(db.run("ledger.write_snapshots", write).await?)
    }

    /// A bot has what its account got from outside, and its profit.
    async fn bots_equity(
        &self,
        external: &[External],
        realised: Amount,
        unrealised: Amount,
    ) -> Result<Amount, LedgerError> {
        let mut equity = self.worth_of_external(external, DEFAULT_CURRENCY).await?;
        add(&mut equity, realised)?;
        add(&mut equity, unrealised)?;
        Ok(equity)
    }
}

/// What open positions would win, and those on margin alone.
async fn unrealised(
    held: impl Iterator<Item = &HeldThen>,
    pricing: &mut Pricing<'_>,
) -> Result<(Amount, Amount), LedgerError> {
    let (mut all, mut margin) = (Amount::ZERO, Amount::ZERO);
    for position in held {
        let Some((_, gain)) = pricing.held(position).await? else { continue };
        add(&mut all, gain)?;
        if position.mode == "margin" {
            add(&mut margin, gain)?;
        }
    }
    Ok((all, margin))
}

/// Says what this module counts.
pub fn describe_metrics() {
    metrics::describe_counter!(
        "chandlery_ledger_snapshots_total",
        "Hours of accounts of which snapshots were made"
    );
    metrics::describe_counter!(
        "chandlery_ledger_snapshot_runs_total",
        "Looks whether snapshots are due, by outcome"
    );
}
