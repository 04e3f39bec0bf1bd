//! What happens to orders and accounts afterwards.
//!
//! Orders of paper accounts are asked of the venue, see [`saga`]; only it tells what happens to them.

use std::time::Duration;

use domain::ledger::{
    AccountEvent, Context, Effects, Hash, Order, OrderEvent, PositionKey, Refusal, Status,
    account_effects, order_effects,
};
use domain::{Amount, Time};
use store::ledger::commands::{self, Command};
use store::ledger::events::{self, NewEvent, Tip};
use store::ledger::orders::{self, OrderRow, Written};
use store::ledger::{books, owners};
use store::market::symbols;
use store::{StoreError, Tx};
use uuid::Uuid;

use super::changes::{self, OrderChange};
use super::place::rules_of;
use super::{Ledger, LedgerError, saga};

/// A key under which something is asked once, and what was asked.
type Keyed = Option<(String, Hash)>;

/// How far somebody's clock may be ahead of this one.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

impl Ledger {
    /// Tells what happened to somebody's order, or what is to happen, and gives it as it is then. What is
    /// known changes nothing. Under a `key` it is done once, whatever happened since.
    ///
    /// # Errors
    /// [`LedgerError`]: a refusal, an unknown order, a reused key, the database's.
    pub async fn tell(
        &self,
        user: Uuid,
        id: Uuid,
        command: OrderEvent,
        key: Option<&str>,
    ) -> Result<OrderRow, LedgerError> {
        let now = self.now();
        if let OrderEvent::Filled { fill } = &command {
            check_past(fill.time, now)?;
        }
        let asked: &Keyed = &key.map(|key| (format!("{id}/{key}"), request(&command)));
        let command = &command;
        let work = |tx: Tx| async move {
            let account = orders::hold(&tx, id).await?.ok_or(LedgerError::UnknownOrder)?;
            let owner = owners::of(&tx, &[account]).await?;
            let owner = owner.first().filter(|owner| owner.user == Some(user));
            let owner = owner.ok_or(LedgerError::UnknownOrder)?;
            if !is_first(&tx, account, id, asked, now).await? {
                return Ok(());
            }
            if owner.paper {
                return saga::ask(&tx, id, command.clone(), now).await;
            }
            let (order, tip) = load(&tx, id).await?;
            if let OrderEvent::Filled { fill } = command
                && !order.fills.contains_key(&fill.venue_trade_id)
            {
                check_case(&tx, fill.fees.iter().map(|fee| &fee.asset)).await?;
            }
            let command = if_unsent(&order, command.clone());
            apply(&tx, order, tip, command, None, now).await
        };
        self.0.db.run("ledger.tell", work).await?;
        self.order(user, id).await
    }

    /// Writes down what happened to somebody's account, once under its key.
    ///
    /// # Errors
    /// [`LedgerError`]: a refusal, an unknown account, a reused key, the database's.
    pub async fn tell_account(
        &self,
        user: Uuid,
        account: Uuid,
        event: AccountEvent,
        key: &str,
    ) -> Result<(), LedgerError> {
        self.own(user, account).await?;
        let (now, event) = (self.now(), &event);
        check_past(event.time(), now)?;
        let work = |tx: Tx| async move {
            let owner = owners::of(&tx, &[account]).await?;
            let owner = owner.first().ok_or(LedgerError::UnknownAccount)?;
            let short = match event {
                // A paper account has only what came to it; of others the venue knows.
                AccountEvent::Withdrawn { asset, amount, .. } if owner.paper => {
                    let available = books::hold_cash(&tx, account, asset).await?;
                    let (asset, amount) = (asset.clone(), *amount);
                    let short = Refusal::InsufficientFunds { asset, amount, available };
                    (amount > available).then_some(short)
                }
                _ => None,
            };
            // What was told before is known, however things are now.
            let is_new = account_event(&tx, account, event, key, now).await?;
            if is_new {
                check_case(&tx, std::iter::once(event.asset())).await?;
            }
            match short {
                Some(refusal) if is_new => Err(refusal.into()),
                _ if is_new && owner.archived => Err(LedgerError::ArchivedAccount),
                _ => Ok(()),
            }
        };
        self.0.db.run("ledger.tell_account", work).await
    }
}

/// Refuses what is told of times to come: sums by time would not find it, and those without would.
fn check_past(time: Time, now: Time) -> Result<(), Refusal> {
    if time > now.plus(CLOCK_SKEW) { Err(Refusal::InFuture { time, now }) } else { Ok(()) }
}

/// Refuses assets that nobody trades and that are traded in capitals: their money would be found by nothing.
async fn check_case<'a>(
    tx: &Tx,
    assets: impl Iterator<Item = &'a String>,
) -> Result<(), LedgerError> {
    for asset in assets {
        let known = asset.to_ascii_uppercase();
        if known != *asset
            && !symbols::is_traded(tx, asset).await?
            && symbols::is_traded(tx, &known).await?
        {
            return Err(Refusal::AssetCase { value: asset.clone(), known }.into());
        }
    }
    Ok(())
}

/// A request to give up an order that was never sent is its end: there is no venue that could answer.
pub(super) fn if_unsent(order: &Order, command: OrderEvent) -> OrderEvent {
    match command {
        OrderEvent::CancelRequested {} if order.status == Status::New => {
            OrderEvent::Cancelled { reason: "cancelled before it was sent".to_owned() }
        }
        command => command,
    }
}

/// Writes down what happened to an account, once under its key; whether that was now.
pub(super) async fn account_event(
    tx: &Tx,
    account: Uuid,
    event: &AccountEvent,
    key: &str,
    now: Time,
) -> Result<bool, LedgerError> {
    let asked: &Keyed = &Some((format!("{account}/{key}"), request(event)));
    if !is_first(tx, account, account, asked, now).await? {
        return Ok(false);
    }
    // Its stream goes on one event after the other.
    books::hold_name(tx, &account.to_string()).await?;
    let latest = match event.position_key(account) {
        Some(key) => books::hold(tx, &key).await?,
        None => None,
    };
    event.check(latest.as_ref())?;
    let tip = events::tip(tx, account).await?;
    let new = NewEvent::of_account(account, event)?;
    let at = events::append(tx, &[(tip, new)], now).await?;
    let effects = account_effects(account, event, latest)?;
    book(tx, account, &effects, at[0]).await?;
    Ok(true)
}

/// BLAKE3 of what was asked.
fn request(asked: &impl serde::Serialize) -> Hash {
    blake3::hash(&serde_json::to_vec(asked).unwrap_or_default()).into()
}

/// Claims the key; whether nobody asked this under it before.
async fn is_first(
    tx: &Tx,
    account: Uuid,
    stream: Uuid,
    asked: &Keyed,
    now: Time,
) -> Result<bool, LedgerError> {
    let Some((key, request)) = asked.clone() else { return Ok(true) };
    let command = Command { account, key, request, stream };
    if commands::claim(tx, std::slice::from_ref(&command), now).await? == [true] {
        return Ok(true);
    }
    let key = command.key.split_once('/').map_or("", |(_, key)| key).to_owned();
    match commands::find(tx, account, &command.key).await? {
        Some((known, _)) if known == request => Ok(false),
        _ => Err(LedgerError::KeyReused { key }),
    }
}

/// An order from its events, and where they end.
pub(super) async fn load(tx: &Tx, id: Uuid) -> Result<(Order, Tip), LedgerError> {
    let stored = events::of_stream(tx, id).await?;
    let mut order = None;
    for event in &stored {
        let event: OrderEvent = event.read()?;
        match &mut order {
            None => order = Some(Order::begin(id, &event)?),
            Some(order) => order.apply(&event)?,
        }
    }
    let tip = stored.last().map(|last| Tip { version: last.version, hash: Some(last.hash) });
    Ok((order.ok_or(LedgerError::UnknownOrder)?, tip.unwrap_or_default()))
}

/// Decides, and writes the events and what they came to. A reservation takes at most what is `available`, where
/// that is looked at.
pub(super) async fn apply(
    tx: &Tx,
    mut order: Order,
    tip: Tip,
    command: OrderEvent,
    available: Option<Amount>,
    now: Time,
) -> Result<(), LedgerError> {
    let key = PositionKey::of(&order);
    let trades = matches!(command, OrderEvent::Filled { .. });
    // Held before its event has a position: fills of one position are in the order of their events.
    let mut latest =
        if trades || order.terms.reduce_only { books::hold(tx, &key).await? } else { None };
    let symbol = match command {
        OrderEvent::Amended { .. } => symbols::find(tx, &order.terms.symbol).await?,
        _ => None,
    };
    let rules = symbol.map(rules_of);
    let position = latest.as_ref().map(|held| held.signed()).unwrap_or_default();
    let context = Context { rules: rules.as_ref(), position, available, price: None };
    let decided = order.decide(command, &context)?;
    if decided.is_empty() {
        return Ok(());
    }
    let new = decided.iter().map(|event| Ok((tip, NewEvent::of_order(order.id, event)?)));
    let new = new.collect::<Result<Vec<_>, StoreError>>()?;
    let places = events::append(tx, &new, now).await?;
    for (event, at) in decided.iter().zip(places) {
        order.apply(event)?;
        if let OrderEvent::Filled { fill } = event {
            orders::add_fill(tx, &order, fill, at).await?;
        }
        let open = latest.take_if(|held| trades && held.is_open());
        let effects = order_effects(&order, event, open)?;
        book(tx, order.terms.account, &effects, at).await?;
    }
    let version = tip.version + decided.len() as i32;
    orders::write(tx, &[Written { order: &order, version, at: now }], now).await?;
    let fill = decided.iter().find_map(|event| match event {
        OrderEvent::Filled { fill } => Some(fill),
        _ => None,
    });
    changes::tell(tx, &[OrderChange::new(&order, version, now, fill)]).await
}

pub(super) async fn book(
    tx: &Tx,
    account: Uuid,
    effects: &Effects,
    at: i64,
) -> Result<(), LedgerError> {
    for position in &effects.positions {
        books::write_position(tx, position, at).await?;
    }
    Ok(books::post(tx, account, &effects.postings, at).await?)
}
