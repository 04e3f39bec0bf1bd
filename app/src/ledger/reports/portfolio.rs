//! All that somebody has, in one currency.

use std::collections::{BTreeMap, HashMap};

use domain::ledger::Rate;
use domain::market::{Interval, SymbolName};
use domain::{Amount, Decimal, Time};
use store::ledger::past::{self, BalanceThen, HeldThen};
use store::ledger::{owners, snapshots};
use uuid::Uuid;

use super::prices::{Moment, Played};
use super::{LedgerError, Missing, Reports, add};

/// All that somebody has.
#[derive(Debug, Clone, PartialEq)]
pub struct Portfolio {
    /// When.
    pub time: Time,
    /// All balances, and what open margin positions would win.
    pub equity: Amount,
    /// What open positions would win.
    pub unrealised: Amount,
    /// Net profit since midnight.
    pub today: Amount,
    /// By asset.
    pub assets: Vec<Asset>,
    /// By account.
    pub accounts: Vec<AccountWorth>,
    /// By bot.
    pub bots: Vec<BotWorth>,
    /// By symbol.
    pub exposure: Vec<Exposure>,
    /// What is in no sum.
    pub unpriced: Vec<String>,
}

/// What there is of an asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    /// Which.
    pub asset: String,
    /// What can be spent.
    pub cash: Amount,
    /// What is held back for orders.
    pub held: Amount,
    /// One of it; none where accounts have it at different prices, what is played beside what is not.
    pub price: Option<Amount>,
    /// When that was.
    pub price_time: Option<Time>,
    /// All of it.
    pub value: Option<Amount>,
}

/// What an account is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountWorth {
    /// Which.
    pub account: Uuid,
    /// Its name.
    pub name: String,
    /// Its balances, and what its open margin positions would win.
    pub equity: Amount,
    /// What its open positions would win.
    pub unrealised: Amount,
    /// Net profit since midnight.
    pub today: Amount,
    /// By asset.
    pub assets: Vec<Asset>,
}

/// What a bot won.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotWorth {
    /// Which.
    pub bot: Uuid,
    /// Its name.
    pub name: String,
    /// Its account.
    pub account: Uuid,
    /// All its net profit.
    pub realised: Amount,
    /// What its open positions would win.
    pub unrealised: Amount,
    /// Net profit since midnight.
    pub today: Amount,
    /// Its open positions.
    pub open: u64,
}

/// What open positions hold of a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// `venue:CODE`.
    pub symbol: String,
    /// Units of base, long less short.
    pub quantity: Amount,
    /// What they are worth.
    pub value: Option<Amount>,
    /// What they would win.
    pub unrealised: Option<Amount>,
}

/// Prices and rates of one moment, each asked for once.
pub(super) struct Pricing<'a> {
    reports: &'a Reports,
    currency: &'a str,
    moment: Moment,
    rates: HashMap<(Option<String>, String), Option<Rate>>,
    prices: HashMap<String, Option<Decimal>>,
    pub(super) missing: Missing,
}

impl<'a> Pricing<'a> {
    pub(super) fn new(reports: &'a Reports, currency: &'a str, moment: Moment) -> Self {
        let (rates, prices, missing) = Default::default();
        Self { reports, currency, moment, rates, prices, missing }
    }

    async fn rate(&mut self, played: Played<'_>, asset: &str) -> Result<Option<Rate>, LedgerError> {
        let key = (played.map(str::to_owned), asset.to_owned());
        if !self.rates.contains_key(&key) {
            let rate = self.reports.rate(asset, self.currency, self.moment, played).await?;
            self.rates.insert(key.clone(), rate);
        }
        Ok(self.rates[&key].clone())
    }

    async fn price(&mut self, symbol: &str) -> Result<Option<Decimal>, LedgerError> {
        if let Some(price) = self.prices.get(symbol) {
            return Ok(*price);
        }
        let price = match symbol.parse::<SymbolName>() {
            Ok(name) => self.reports.price(&name, self.moment).await?,
            Err(_) => None,
        };
        let price = price.map(|(price, _)| price);
        self.prices.insert(symbol.to_owned(), price);
        Ok(price)
    }

    /// What so much of an asset is worth; what has no price is noted.
    pub(super) async fn worth(
        &mut self,
        asset: &str,
        amount: Amount,
    ) -> Result<Option<Amount>, LedgerError> {
        self.worth_where(None, asset, amount).await
    }

    /// The same on an account where played prices may count.
    pub(super) async fn worth_where(
        &mut self,
        played: Played<'_>,
        asset: &str,
        amount: Amount,
    ) -> Result<Option<Amount>, LedgerError> {
        if amount == Amount::ZERO {
            return Ok(Some(amount));
        }
        let worth = self.rate(played, asset).await?.and_then(|rate| rate.of(amount));
        if worth.is_none() {
            self.missing.insert(asset.to_owned());
        }
        Ok(worth)
    }

    /// What an open position holds is worth, and what it would win.
    pub(super) async fn held(
        &mut self,
        held: &HeldThen,
    ) -> Result<Option<(Amount, Amount)>, LedgerError> {
        let price = self.price(&held.symbol).await?;
        let worth = price.and_then(|price| held.quantity.checked_times(price));
        let gain = worth.and_then(|worth| worth.checked_sub(held.cost));
        let Some((worth, gain)) = worth.zip(gain) else {
            self.missing.insert(held.symbol.clone());
            return Ok(None);
        };
        let worth = self.worth(&held.quote, worth).await?;
        Ok(worth.zip(self.worth(&held.quote, gain).await?))
    }

    async fn asset(&mut self, row: &BalanceThen, played: Played<'_>) -> Result<Asset, LedgerError> {
        let mut all = row.cash;
        add(&mut all, row.held)?;
        let rate = self.rate(played, &row.asset).await?;
        let one = Amount::from(Decimal::ONE);
        Ok(Asset {
            asset: row.asset.clone(),
            cash: row.cash,
            held: row.held,
            price: rate.as_ref().and_then(|rate| rate.of(one)),
            price_time: rate.and_then(|rate| rate.time),
            value: self.worth_where(played, &row.asset, all).await?,
        })
    }
}

impl Reports {
    /// All that somebody has, now or as it was recorded at a time.
    ///
    /// # Errors
    /// Too far back; the database's.
    pub async fn portfolio(
        &self,
        user: Uuid,
        currency: &str,
        as_of: Option<Time>,
    ) -> Result<Portfolio, LedgerError> {
        self.check_currency(user, currency).await?;
        let db = &self.0.db;
        let time = as_of.unwrap_or_else(|| self.now());
        let event = match as_of {
            Some(at) => self.event_at(at).await?,
            None => past::last(db).await?,
        };
        let own = owners::of_user(db, user).await?;
        let ids: Vec<Uuid> = own.iter().map(|(id, _)| *id).collect();
        let moment = as_of.map_or(Moment::Latest, Moment::KnownAt);
        let mut pricing = Pricing::new(self, currency, moment);
        let midnight = Interval::D1.open_time(time);
        let until = time.plus_micros(1);
        let today = snapshots::profit(db, &ids, midnight, until, event).await?;
        let held = past::held(db, &ids, event).await?;
        let balances = past::balances(db, &ids, event).await?;

        let mut accounts: BTreeMap<Uuid, AccountWorth> = BTreeMap::new();
        for (account, name) in own {
            let zero = Amount::ZERO;
            let (equity, unrealised, today) = (zero, zero, zero);
            let assets = vec![];
            let empty = AccountWorth { account, name, equity, unrealised, today, assets };
            accounts.insert(account, empty);
        }
        let mut bots = self.bots(&ids, event, &mut pricing).await?;
        for row in &today {
            let Some(net) = pricing.worth(&row.quote, row.net).await? else { continue };
            if let Some(account) = accounts.get_mut(&row.account) {
                add(&mut account.today, net)?;
            }
            if let Some(bot) = row.bot.and_then(|bot| bots.get_mut(&bot)) {
                add(&mut bot.today, net)?;
            }
        }
        let exposure = exposure(&held, &mut accounts, &mut bots, &mut pricing).await?;
        let played = owners::played(db, &ids).await?;
        let all = assets(balances, &played, &mut accounts, &mut pricing).await?;
        let (mut equity, mut unrealised, mut won) = Default::default();
        for account in accounts.values() {
            add(&mut equity, account.equity)?;
            add(&mut unrealised, account.unrealised)?;
            add(&mut won, account.today)?;
        }
        Ok(Portfolio {
            time,
            equity,
            unrealised,
            today: won,
            assets: all,
            accounts: accounts.into_values().collect(),
            bots: bots.into_values().collect(),
            exposure,
            unpriced: pricing.missing.into_iter().collect(),
        })
    }

    /// Bots with all their profit: that of the last snapshot, and what was added since.
    async fn bots(
        &self,
        accounts: &[Uuid],
        event: i64,
        pricing: &mut Pricing<'_>,
    ) -> Result<BTreeMap<Uuid, BotWorth>, LedgerError> {
        let db = &self.0.db;
        let zero = Amount::ZERO;
        let mut bots: BTreeMap<Uuid, BotWorth> = BTreeMap::new();
        for owners::BotOf { id: bot, name, account } in owners::bots(db, accounts).await? {
            let (realised, unrealised, today) = (zero, zero, zero);
            let empty = BotWorth { bot, name, account, realised, unrealised, today, open: 0 };
            bots.insert(bot, empty);
        }
        for ((_, bot), sums) in self.sums(accounts, event).await? {
            let Some(worth) = bot.and_then(|bot| bots.get_mut(&bot)) else { continue };
            for (quote, net) in sums.totals {
                let net = pricing.worth(&quote, net).await?;
                add(&mut worth.realised, net.unwrap_or_default())?;
            }
        }
        Ok(bots)
    }
}

/// What there is of each asset, by account and of all of them.
async fn assets(
    balances: Vec<BalanceThen>,
    played: &HashMap<Uuid, String>,
    accounts: &mut BTreeMap<Uuid, AccountWorth>,
    pricing: &mut Pricing<'_>,
) -> Result<Vec<Asset>, LedgerError> {
    let mut assets = BTreeMap::<String, Asset>::new();
    for row in balances.iter().filter(|row| row.cash != Amount::ZERO || row.held != Amount::ZERO) {
        let asset = pricing.asset(row, played.get(&row.account).map(String::as_str)).await?;
        match assets.get_mut(&row.asset) {
            Some(known) => {
                add(&mut known.cash, row.cash)?;
                add(&mut known.held, row.held)?;
                known.value =
                    known.value.zip(asset.value).and_then(|(one, more)| one.checked_add(more));
                if known.price != asset.price {
                    (known.price, known.price_time) = (None, None);
                }
            }
            None => drop(assets.insert(row.asset.clone(), asset.clone())),
        }
        if let Some(account) = accounts.get_mut(&row.account) {
            add(&mut account.equity, asset.value.unwrap_or_default())?;
            account.assets.push(asset);
        }
    }
    Ok(assets.into_values().collect())
}

async fn exposure(
    held: &[HeldThen],
    accounts: &mut BTreeMap<Uuid, AccountWorth>,
    bots: &mut BTreeMap<Uuid, BotWorth>,
    pricing: &mut Pricing<'_>,
) -> Result<Vec<Exposure>, LedgerError> {
    let mut symbols: BTreeMap<String, Exposure> = BTreeMap::new();
    for position in held {
        let told = pricing.held(position).await?;
        let zero = Some(Amount::ZERO);
        let symbol = position.symbol.clone();
        let exposure = symbols.entry(symbol.clone()).or_insert_with(|| Exposure {
            symbol,
            quantity: Amount::ZERO,
            value: zero,
            unrealised: zero,
        });
        add(&mut exposure.quantity, position.quantity)?;
        let bot = position.bot.and_then(|bot| bots.get_mut(&bot));
        let Some((value, gain)) = told else {
            (exposure.value, exposure.unrealised) = (None, None);
            bot.into_iter().for_each(|bot| bot.open += 1);
            continue;
        };
        for (sum, more) in [(&mut exposure.value, value), (&mut exposure.unrealised, gain)] {
            *sum = sum.and_then(|sum| sum.checked_add(more));
        }
        if let Some(account) = accounts.get_mut(&position.account) {
            add(&mut account.unrealised, gain)?;
            // What is held on spot is among the balances.
            if position.mode == "margin" {
                add(&mut account.equity, gain)?;
            }
        }
        if let Some(bot) = bot {
            bot.open += 1;
            add(&mut bot.unrealised, gain)?;
        }
    }
    Ok(symbols.into_values().collect())
}
