//! How well closed trades did, in groups.

use std::collections::{BTreeMap, BTreeSet};

use domain::ledger::performance::freqtrade::{Account, ClosedTrade, Trades};
use domain::ledger::performance::{Metrics, Period, Returns, real};
use domain::market::Interval;
use domain::{Amount, Decimal, Time};
use store::ledger::curves::{self, ClosedQuery, ClosedRow};
use store::ledger::past;
use uuid::Uuid;

use super::prices::Converter;
use super::{DEFAULT_CURRENCY, LedgerError, MOST_ROWS, Reports, add, too_much};

/// What trades are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// The bot.
    Bot,
    /// The symbol.
    Symbol,
    /// The candles that were looked at.
    Interval,
    /// Which rule opened them.
    EntryLogic,
    /// Which rule closed them.
    ExitLogic,
    /// Whose idea they were.
    Strategy,
    /// What happened that they were closed.
    ExitReason,
    /// Long or short.
    Direction,
}

impl GroupBy {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Bot,
        Self::Symbol,
        Self::Interval,
        Self::EntryLogic,
        Self::ExitLogic,
        Self::Strategy,
        Self::ExitReason,
        Self::Direction,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Symbol => "symbol",
            Self::Interval => "interval",
            Self::EntryLogic => "entry_logic",
            Self::ExitLogic => "exit_logic",
            Self::Strategy => "strategy",
            Self::ExitReason => "exit_reason",
            Self::Direction => "direction",
        }
    }
}

/// Of which trades, and how they are put together.
#[derive(Debug, Clone, Default)]
pub struct PerformanceQuery {
    /// Whose.
    pub user: Uuid,
    /// Of this account.
    pub account: Option<Uuid>,
    /// Which trades; the scope is filled in.
    pub trades: ClosedQuery,
    /// In what money is counted.
    pub currency: Option<String>,
    /// How they are put together; none for one group.
    pub group_by: Option<GroupBy>,
    /// What there was before the first trade.
    pub starting_balance: Option<Amount>,
}

/// How well trades did.
#[derive(Debug, Clone, PartialEq)]
pub struct Performance {
    /// In what money is counted.
    pub currency: String,
    /// The beginning.
    pub from: Option<Time>,
    /// The end.
    pub to: Option<Time>,
    /// What there was before the first trade.
    pub starting_balance: Amount,
    /// What won most first.
    pub groups: Vec<Group>,
    /// What is in no group.
    pub unconverted: Vec<Unconverted>,
}

/// Trades that have something in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What; none of all trades.
    pub key: Option<(GroupBy, Option<String>)>,
    /// How many.
    pub trades: u64,
    /// Those that won.
    pub wins: u64,
    /// Those that lost.
    pub losses: u64,
    /// Before fees and funding.
    pub gross: Amount,
    /// gross − commission + funding.
    pub net: Amount,
    /// Fees in quote and base.
    pub commission: Amount,
    /// Funding received, less what was paid.
    pub funding: Amount,
    /// Fees in other assets.
    pub other_fees: BTreeMap<String, Amount>,
    /// All metrics by name.
    pub metrics: Metrics,
}

/// Trades of which the profit is not known in the currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconverted {
    /// `venue:CODE`.
    pub symbol: String,
    /// What their profit is in.
    pub quote: String,
    /// How many.
    pub trades: u64,
    /// Their profit in it.
    pub net: Amount,
}

/// A trade in the currency.
struct Told {
    group: Option<String>,
    gross: Amount,
    commission: Amount,
    funding: Amount,
    other_fees: BTreeMap<String, Amount>,
    closed: ClosedTrade,
}

impl Reports {
    /// How well trades did.
    ///
    /// # Errors
    /// [`LedgerError`]: an unknown account or bot, too many trades, the database's.
    pub async fn performance(&self, query: &PerformanceQuery) -> Result<Performance, LedgerError> {
        let bot = query.trades.scope.bot;
        let scope = self.scope(query.user, query.account, bot).await?;
        let group_by = query.group_by.map(GroupBy::as_str);
        let asked = ClosedQuery { scope, limit: MOST_ROWS + 1, group_by, ..query.trades.clone() };
        let rows = curves::closed(&self.0.db, &asked).await?;
        if rows.len() as i64 > MOST_ROWS {
            return Err(too_much("closed trades", MOST_ROWS));
        }
        let quotes: BTreeSet<&str> = rows.iter().map(|row| row.quote.as_str()).collect();
        let currency = match (&query.currency, quotes.len()) {
            (Some(currency), _) => {
                self.check_currency(query.user, currency).await?;
                currency.clone()
            }
            (None, 1) => quotes.first().map_or(DEFAULT_CURRENCY, |quote| quote).to_owned(),
            (None, _) => DEFAULT_CURRENCY.to_owned(),
        };
        let first = rows.iter().map(|row| row.entry_time).min();
        let (from, to) = (asked.from.or(first), asked.to.or(rows.last().map(|r| r.exit_time)));
        let now = self.now();
        let (start, end) = (from.unwrap_or(now), to.unwrap_or(now).min(now));
        let mut worth = Converter::new(self, &currency, Interval::H1, start, end);
        let starting_balance = match query.starting_balance {
            Some(balance) => balance,
            None => self.starting_balance(&asked.scope.accounts, &currency, end).await?,
        };
        let (told, unconverted) = convert(rows, &mut worth).await?;
        let account = Account { starting_balance, start, end };
        let mut groups: BTreeMap<Option<String>, Vec<Told>> = BTreeMap::new();
        for mut trade in told {
            groups.entry(trade.group.take()).or_default().push(trade);
        }
        let mut made = Vec::new();
        for (value, trades) in groups {
            let key = query.group_by.map(|by| (by, value));
            made.push(group(key, trades, account)?);
        }
        made.sort_by_key(|group| std::cmp::Reverse(group.net));
        Ok(Performance { currency, from, to, starting_balance, groups: made, unconverted })
    }

    /// What came from outside, less what went there, until a time, each by its price then.
    pub(super) async fn starting_balance(
        &self,
        accounts: &[Uuid],
        currency: &str,
        until: Time,
    ) -> Result<Amount, LedgerError> {
        let until = Some(until.plus_micros(1));
        let rows = past::external(&self.0.db, accounts, i64::MAX, until, MOST_ROWS).await?;
        self.worth_of_external(&rows, currency).await
    }

    /// What came from outside by its price then; what has none is left out.
    pub(super) async fn worth_of_external(
        &self,
        rows: &[past::External],
        currency: &str,
    ) -> Result<Amount, LedgerError> {
        let mut sum = Amount::ZERO;
        let times = rows.iter().map(|row| row.at);
        let Some((from, to)) = times.clone().min().zip(times.max()) else { return Ok(sum) };
        let mut worth = Converter::new(self, currency, Interval::H1, from, to);
        for row in rows {
            if let Some(amount) = worth.worth(&row.asset, row.amount, row.at).await? {
                add(&mut sum, amount)?;
            }
        }
        Ok(sum)
    }
}

/// The trades with their money in the currency, and those of which it isn't known.
async fn convert(
    rows: Vec<ClosedRow>,
    worth: &mut Converter<'_>,
) -> Result<(Vec<Told>, Vec<Unconverted>), LedgerError> {
    let mut told = Vec::with_capacity(rows.len());
    let mut not: BTreeMap<(String, String), (u64, Amount)> = BTreeMap::new();
    for mut row in rows {
        let own = row.net;
        let mut gross = own;
        add(&mut gross, row.commission)?;
        add(&mut gross, -row.funding)?;
        let mut known = true;
        for money in [
            &mut row.net,
            &mut gross,
            &mut row.commission,
            &mut row.funding,
            &mut row.entry_value,
            &mut row.exit_value,
        ] {
            match worth.worth(&row.quote, *money, row.exit_time).await? {
                Some(amount) => *money = amount,
                None => known = false,
            }
        }
        if known {
            told.push(tell(row, gross)?);
        } else {
            let (count, net) = not.entry((row.symbol, row.quote)).or_default();
            *count += 1;
            add(net, own)?;
        }
    }
    let not = not.into_iter().map(|((symbol, quote), (trades, net))| Unconverted {
        symbol,
        quote,
        trades,
        net,
    });
    Ok((told, not.collect()))
}

fn tell(row: ClosedRow, gross: Amount) -> Result<Told, LedgerError> {
    let stake = match row.leverage == Decimal::ONE {
        true => Some(row.entry_value),
        false => domain::quotient(row.entry_value, row.leverage.into(), domain::MAX_SCALE),
    };
    let mut volume = row.entry_value;
    add(&mut volume, row.exit_value)?;
    add(&mut volume, row.commission)?;
    let closed = ClosedTrade {
        symbol: row.symbol,
        // No metric looks at them.
        enter_tag: None,
        exit_reason: String::new(),
        opened: row.entry_time,
        closed: row.exit_time,
        short: row.short,
        stake: stake.unwrap_or_default(),
        volume,
        profit: row.net,
        profit_ratio: row.ratio.map_or(0.0, real),
    };
    let (group, commission, funding) = (row.group, row.commission, row.funding);
    Ok(Told { group, gross, commission, funding, other_fees: row.other_fees, closed })
}

fn group(
    key: Option<(GroupBy, Option<String>)>,
    told: Vec<Told>,
    account: Account,
) -> Result<Group, LedgerError> {
    let zero = Amount::ZERO;
    let (mut gross, mut net, mut commission, mut funding) = (zero, zero, zero, zero);
    let mut other_fees: BTreeMap<String, Amount> = BTreeMap::new();
    let (mut wins, mut losses) = (0, 0);
    let mut trades = Vec::with_capacity(told.len());
    for trade in told {
        add(&mut gross, trade.gross)?;
        add(&mut net, trade.closed.profit)?;
        add(&mut commission, trade.commission)?;
        add(&mut funding, trade.funding)?;
        for (asset, fee) in trade.other_fees {
            add(other_fees.entry(asset).or_default(), fee)?;
        }
        wins += u64::from(trade.closed.profit > zero);
        losses += u64::from(trade.closed.profit < zero);
        trades.push(trade.closed);
    }
    let returns = returns(&trades, account)?;
    let metrics =
        Metrics::new(&Trades::new(&trades, account), &returns, None, Period::PerYear(365.0));
    let trades = trades.len() as u64;
    Ok(Group { key, trades, wins, losses, gross, net, commission, funding, other_fees, metrics })
}

/// What each day (UTC) made of the balance after closed trades.
fn returns(trades: &[ClosedTrade], account: Account) -> Result<Returns, LedgerError> {
    let day = Interval::D1;
    let mut points = vec![(day.open_time(account.start), account.starting_balance)];
    let (mut next, mut balance) = (0, account.starting_balance);
    let mut end = day.close_time(points[0].0);
    let last = trades.last().map_or(account.end, |trade| trade.closed.max(account.end));
    loop {
        while let Some(trade) = trades.get(next).filter(|trade| trade.closed < end) {
            add(&mut balance, trade.profit)?;
            next += 1;
        }
        points.push((end, balance));
        if end > last {
            return Ok(Returns::of_equity(&points));
        }
        end = day.close_time(end);
    }
}
