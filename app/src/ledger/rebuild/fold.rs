//! Events in their order, and what becomes due of them. What is over goes out; it comes back from its events where
//! something more happens to it. So memory has orders that are going on, the latest position of each key and balances.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::ledger::{
    AccountEvent, Effects, Event, Hash, Order, OrderEvent, Position, PositionKey, Purse, Trade,
    account_effects, chained, order_effects,
};
use domain::{Amount, Time};
use store::ledger::events::{StoredEvent, StreamKind};
use store::ledger::rebuild::{Due, DueOrder, DueStep, FillOf};
use uuid::Uuid;

use super::read::{Parsed, damaged, parse};
use crate::ledger::LedgerError;

/// Where a stream ends.
type Tip = (i32, Hash);

/// The state between events.
#[derive(Default)]
pub(super) struct Fold {
    /// Orders that are kept before those that are over go out.
    most: usize,
    orders: HashMap<Uuid, (DueOrder, Hash)>,
    accounts: HashMap<Uuid, Tip>,
    /// The latest position of each key, and the event that changed it last.
    latest: BTreeMap<PositionKey, (Position, i64)>,
    /// Keys whose latest position changed since it was due.
    changed: HashSet<PositionKey>,
    balances: BTreeMap<(Uuid, String, Purse), Amount>,
    /// Whether an order was due, and came back.
    twice: bool,
    /// Events that make no sense, by position; without it the first of them ends everything.
    told: Option<Vec<(i64, String)>>,
    due: Due,
}

impl Fold {
    /// Before all events.
    pub(super) fn keeping(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// How many events it takes in at once, at the most.
    pub(super) fn page(&self, most: usize) -> i64 {
        self.most.clamp(1, most) as i64
    }

    /// The same, but passes over events that make no sense, and tells them.
    pub(super) fn telling(most: usize) -> Self {
        Self { told: Some(vec![]), ..Self::keeping(most) }
    }

    /// Events that made no sense since this was asked last, and why.
    pub(super) fn told(&mut self) -> Vec<(i64, String)> {
        self.told.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Orders that went out and have more events in a page, and the position up to which they are to be read again.
    pub(super) fn gone(&self, page: &[Parsed]) -> Option<(Vec<Uuid>, i64)> {
        let mut known = HashSet::new();
        let gone = page.iter().map(|one| &one.stored).filter(|stored| {
            stored.of == StreamKind::Order
                && known.insert(stored.stream)
                && stored.version > 1
                && !self.orders.contains_key(&stored.stream)
        });
        let gone: Vec<Uuid> = gone.map(|stored| stored.stream).collect();
        let first = page.first().filter(|_| !gone.is_empty())?;
        Some((gone, first.stored.position - 1))
    }

    /// Takes events in once more, of orders that went out.
    pub(super) fn bring_back(&mut self, events: Vec<StoredEvent>) -> Result<(), LedgerError> {
        self.twice = true;
        let before = self.told();
        for Parsed { stored, event } in events.into_iter().map(parse) {
            let taken = match event {
                Ok(Event::Order { event, .. }) => self.order(&stored, &event),
                Ok(Event::Account { .. }) => Ok(()),
                Err(error) => self.pass_over(&stored, error),
            };
            taken.or_else(|error| self.tell(error))?;
        }
        if let Some(told) = &mut self.told {
            // What is wrong with these was told when they came first.
            *told = before;
        }
        Ok(())
    }

    /// Takes events in; gives what is due of them for good.
    pub(super) fn take_in(&mut self, page: Vec<Parsed>) -> Result<Due, LedgerError> {
        for one in page {
            self.take_in_one(one).or_else(|error| self.tell(error))?;
        }
        if self.orders.len() > self.most {
            let over = self.orders.extract_if(|_, (due, _)| due.order.status.is_final());
            self.due.orders.extend(over.map(|(_, (due, _))| due));
        }
        if self.orders.len() > self.most / 2 {
            self.due.orders.extend(self.orders.drain().map(|(_, (due, _))| due));
        }
        Ok(std::mem::take(&mut self.due))
    }

    fn take_in_one(&mut self, Parsed { stored, event }: Parsed) -> Result<(), LedgerError> {
        let at = stored.position;
        let event = match event {
            Ok(event) => event,
            Err(error) => return self.pass_over(&stored, error),
        };
        let happened = match &event {
            Event::Order { event: OrderEvent::Filled { fill }, .. } => fill.time,
            Event::Order { .. } => stored.recorded_at,
            Event::Account { event, .. } => event.time(),
        };
        let effects = match event {
            Event::Order { event, .. } => {
                self.order(&stored, &event)?;
                self.order_effects(&stored, event)?
            }
            Event::Account { account, event } => self.account(account, &stored, &event)?,
        };
        for position in effects.positions {
            let key = position.key.clone();
            let id = position.id;
            self.changed.insert(key.clone());
            let before = self.latest.get(&key).filter(|(before, _)| before.id == id);
            let step = step(before.map(|(before, _)| before), &position, at, happened)?;
            self.due.steps.push(step);
            if let Some(before) = self.latest.insert(key, (position, at))
                && before.0.id != id
            {
                self.due.positions.push(before);
            }
        }
        for (line, posting) in (1..).zip(effects.postings) {
            let key = (posting.account, posting.asset.clone(), posting.purse);
            let balance = self.balances.entry(key).or_default();
            let sum = balance.checked_add(posting.amount);
            *balance = sum.ok_or_else(|| damaged(at, "a balance can't be held exactly"))?;
            self.due.postings.push((at, line, posting));
        }
        Ok(())
    }

    /// Goes on behind a damaged event where that is told, or ends with it.
    fn tell(&mut self, error: LedgerError) -> Result<(), LedgerError> {
        match (&mut self.told, error) {
            (Some(told), LedgerError::Damaged { position, what }) => told.push((position, what)),
            (_, error) => return Err(error),
        }
        Ok(())
    }

    /// That an event follows the one before it in its stream.
    fn follows(&mut self, stored: &StoredEvent, before: Option<Tip>) -> Result<(), LedgerError> {
        check(stored, before).or_else(|error| self.tell(error))
    }

    /// Follows the stream past an event that can't be read.
    fn pass_over(&mut self, stored: &StoredEvent, error: LedgerError) -> Result<(), LedgerError> {
        if let Some((due, hash)) = self.orders.get_mut(&stored.stream) {
            (due.version, *hash) = (stored.version, stored.hash);
        }
        if let Some(tip) = self.accounts.get_mut(&stored.stream) {
            *tip = (stored.version, stored.hash);
        }
        Err(error)
    }

    /// Everything that is left, and positions that may go on: those that changed since they were due.
    pub(super) fn rest(&mut self) -> Due {
        self.due.orders.extend(self.orders.drain().map(|(_, (due, _))| due));
        let changed = std::mem::take(&mut self.changed);
        let latest = changed.iter().filter_map(|key| self.latest.get(key)).cloned();
        self.due.positions.extend(latest);
        std::mem::take(&mut self.due)
    }

    /// All balances.
    pub(super) fn balances(&self) -> Vec<((Uuid, String, Purse), Amount)> {
        self.balances.iter().map(|(key, amount)| (key.clone(), *amount)).collect()
    }

    /// Whether some order was due twice.
    pub(super) fn twice(&self) -> bool {
        self.twice
    }

    /// The order as the event leaves it.
    fn order(&mut self, stored: &StoredEvent, event: &OrderEvent) -> Result<(), LedgerError> {
        let at = stored.position;
        let before = self.orders.get(&stored.stream).map(|(due, hash)| (due.version, *hash));
        self.follows(stored, before)?;
        if let Some((due, hash)) = self.orders.get_mut(&stored.stream) {
            (due.version, due.updated_at, *hash) =
                (stored.version, stored.recorded_at, stored.hash);
            return due.order.apply(event).map_err(|corrupt| damaged(at, corrupt));
        }
        let order = Order::begin(stored.stream, event).map_err(|corrupt| damaged(at, corrupt))?;
        let (placed_at, updated_at) = (stored.recorded_at, stored.recorded_at);
        let due = DueOrder { order, version: stored.version, placed_at, updated_at };
        self.orders.insert(stored.stream, (due, stored.hash));
        Ok(())
    }

    /// What the event, taken in by its order, does besides.
    fn order_effects(
        &mut self,
        stored: &StoredEvent,
        event: OrderEvent,
    ) -> Result<Effects, LedgerError> {
        let Some((DueOrder { order, .. }, _)) = self.orders.get(&stored.stream) else {
            return Ok(Effects::default());
        };
        let mut open = None;
        if let OrderEvent::Filled { .. } = event {
            let key = PositionKey::of(order);
            // It stays, for what the fill adds to it is counted from there.
            let latest = self.latest.get(&key).filter(|(held, _)| held.is_open());
            open = latest.map(|(held, _)| held.clone());
        }
        let effects = order_effects(order, &event, open);
        let effects = effects.map_err(|corrupt| damaged(stored.position, corrupt))?;
        if let OrderEvent::Filled { fill } = event {
            let of = FillOf {
                order: order.id,
                account: order.terms.account,
                symbol: order.terms.symbol.to_string(),
                side: order.terms.side.as_str(),
            };
            self.due.fills.push((of, fill, stored.position));
        }
        Ok(effects)
    }

    fn account(
        &mut self,
        account: Uuid,
        stored: &StoredEvent,
        event: &AccountEvent,
    ) -> Result<Effects, LedgerError> {
        self.follows(stored, self.accounts.get(&account).copied())?;
        self.accounts.insert(account, (stored.version, stored.hash));
        let key = event.position_key(account);
        let latest = key.and_then(|key| self.latest.get(&key)).map(|(held, _)| held.clone());
        account_effects(account, event, latest).map_err(|corrupt| damaged(stored.position, corrupt))
    }
}

/// That an event follows the one before it in its stream.
fn check(stored: &StoredEvent, before: Option<Tip>) -> Result<(), LedgerError> {
    let version = before.map_or(0, |(version, _)| version);
    if stored.version != version + 1 {
        let (is, stream) = (stored.version, stored.stream);
        let what = format!("version {is} of {stream} comes after version {version}");
        return Err(damaged(stored.position, what));
    }
    let hash = before.map(|(_, hash)| hash);
    let (stream, at) = (stored.stream, stored.recorded_at);
    if chained(hash.as_ref(), stream, stored.version, at, &stored.body) == stored.hash {
        return Ok(());
    }
    let what = "its hash is not that of what it says and of the event before it";
    Err(damaged(stored.position, what))
}

/// What an event added to a position; `before` is the same position before it.
fn step(
    before: Option<&Position>,
    held: &Position,
    position: i64,
    at: Time,
) -> Result<DueStep, LedgerError> {
    let inexact = || damaged(position, "a round trip past what can be held");
    let came_to = |held: &Position| {
        let net = Trade::net_of(held).ok_or_else(inexact)?;
        let closed = !held.is_open();
        Ok::<_, LedgerError>((net, i16::from(closed), i16::from(closed && net > Amount::ZERO)))
    };
    let (net, closed, won) = came_to(held)?;
    let (was, was_closed, had_won) = before.map(came_to).transpose()?.unwrap_or_default();
    let net = net.checked_sub(was).ok_or_else(inexact)?;
    let (closed, won) = (closed - was_closed, won - had_won);
    Ok(DueStep { held: held.clone(), position, at, net, closed, won })
}
