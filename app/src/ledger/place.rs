//! New orders. Those that come while others are being written wait, and are then written together: one
//! commit makes them all durable. What doesn't hang together goes to the database at once, without waiting
//! for answers between.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use domain::Time;
use domain::ledger::{Context, Hash, Order, OrderEvent, PositionKey, Terms};
use domain::market::{SymbolName, SymbolRules};
use futures_util::future::try_join_all;
use futures_util::{TryFutureExt, try_join};
use serde::Serialize;
use store::Tx;
use store::ledger::books;
use store::ledger::commands::{self, Command};
use store::ledger::events::{self, NewEvent, Tip};
use store::ledger::orders::{self, OrderRow, Written};
use store::ledger::owners::{self, Owner};
use store::market::symbols;
use store::trading::sagas;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::changes::{self, OrderChange};
use super::{Ledger, LedgerError};

/// Orders that are written in one transaction at most.
const MOST: usize = 256;
/// Transactions at once: while one waits for the disk, another is at work.
pub(super) const WRITERS: usize = 2;

/// An order that somebody wants, or has already sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewOrder {
    /// What is wanted. Its client id is the key under which it is asked for.
    pub terms: Terms,
    /// Whether it went to the venue already.
    pub submitted: bool,
    /// The venue's number of it, where it has answered.
    pub venue_order_id: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The order's number.
    pub id: Uuid,
    /// The order, where it was written now; without it the same had been asked before.
    pub written: Option<OrderRow>,
}

type Answer = Result<Placed, LedgerError>;

/// An order on its way.
pub(super) struct Waiting {
    wanted: Wanted,
    answer: oneshot::Sender<Answer>,
}

#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) user: Uuid,
    pub(super) id: Uuid,
    pub(super) order: NewOrder,
    pub(super) request: Hash,
    /// The key under which it is asked, besides its client id.
    pub(super) key: Option<String>,
}

impl Wanted {
    /// The position that it would change, to sort by.
    fn at(&self) -> (Uuid, Option<Uuid>, &SymbolName, &'static str) {
        let terms = &self.order.terms;
        (terms.account, terms.bot, &terms.symbol, terms.mode.as_str())
    }
}

impl Ledger {
    /// Writes an order down. Asked again under the same client id it is the same order; another
    /// one under that id is refused.
    ///
    /// # Errors
    /// [`LedgerError`]: a refusal, an unknown account or bot, a reused client id, the database's.
    pub async fn place(&self, user: Uuid, order: NewOrder) -> Answer {
        self.place_under(user, order, None).await
    }

    /// The same under a `key` besides: another order under that is refused too.
    ///
    /// # Errors
    /// Those of [`Self::place`], and a reused key.
    pub async fn place_under(&self, user: Uuid, order: NewOrder, key: Option<&str>) -> Answer {
        let id = self.0.random.id(self.now());
        let request = hash(&order);
        let (answer, told) = oneshot::channel();
        let key = key.map(str::to_owned);
        let waiting = Waiting { wanted: Wanted { user, id, order, request, key }, answer };
        self.waiting().push(waiting);
        // What is begun is ended, whoever stops listening.
        let ledger = self.clone();
        tokio::spawn(async move { ledger.write_waiting().await });
        told.await.unwrap_or(Err(LedgerError::Lost))
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        // Only pushes and takes happen under it.
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write_waiting(&self) {
        // It is never closed.
        let Ok(_turn) = self.0.writing.acquire().await else { return };
        let mut batch: Vec<Waiting> = {
            let mut waiting = self.waiting();
            let count = waiting.len().min(MOST);
            waiting.drain(..count).collect()
        };
        if batch.is_empty() {
            return;
        }
        // All take positions in one order, so that they never wait for each other in a circle.
        batch.sort_by(|a, b| a.wanted.at().cmp(&b.wanted.at()));
        let (wanted, answers): (Vec<Wanted>, Vec<_>) =
            batch.into_iter().map(|waiting| (waiting.wanted, waiting.answer)).unzip();
        metrics::histogram!("chandlery_ledger_batch_orders").record(wanted.len() as f64);
        for (answer, result) in answers.into_iter().zip(self.write(wanted).await) {
            // Nobody may be listening any more.
            let _ = answer.send(result);
        }
    }

    /// All in one transaction; where that fails, each by itself, so that one doesn't spoil the others.
    async fn write(&self, wanted: Vec<Wanted>) -> Vec<Answer> {
        let now = self.now();
        let batch = &wanted;
        let written = self.0.db.run("ledger.place", |tx| write_batch(tx, batch, now)).await;
        match written {
            Ok(answers) => answers,
            Err(error) if wanted.len() == 1 => vec![Err(error)],
            Err(_) => {
                let mut answers = Vec::with_capacity(wanted.len());
                for one in &wanted {
                    let one = std::slice::from_ref(one);
                    let written = self.0.db.run("ledger.place", |tx| write_batch(tx, one, now));
                    let answer = written.await.map(Vec::into_iter).map(|mut one| one.next());
                    answers.push(match answer {
                        Ok(Some(answer)) => answer,
                        Ok(None) => Err(LedgerError::Lost),
                        Err(error) => Err(error),
                    });
                }
                answers
            }
        }
    }
}

/// BLAKE3 of all that was asked.
pub(super) fn hash(order: &NewOrder) -> Hash {
    // No map of it has keys that are no strings, so it always is JSON.
    let text = serde_json::to_vec(order).unwrap_or_default();
    blake3::hash(&text).into()
}

/// What a batch is judged by.
pub(super) struct Facts {
    owners: BTreeMap<Uuid, Owner>,
    bots: BTreeMap<Uuid, Uuid>,
    rules: BTreeMap<SymbolName, SymbolRules>,
}

impl Facts {
    pub(super) async fn of(tx: &Tx, batch: &[Wanted]) -> Result<Self, LedgerError> {
        let unique = |ids: BTreeSet<Uuid>| ids.into_iter().collect::<Vec<_>>();
        let accounts = unique(batch.iter().map(|one| one.order.terms.account).collect());
        let bots = unique(batch.iter().filter_map(|one| one.order.terms.bot).collect());
        let of_bots =
            async { if bots.is_empty() { Ok(vec![]) } else { owners::of_bots(tx, &bots).await } };
        let names: BTreeSet<_> = batch.iter().map(|one| &one.order.terms.symbol).collect();
        let symbols = try_join_all(names.iter().map(|name| symbols::find(tx, name)));
        let (owners, bots, symbols) = try_join!(owners::of(tx, &accounts), of_bots, symbols)?;
        let owners = owners.into_iter().map(|owner| (owner.account, owner)).collect();
        let known = names.into_iter().zip(symbols);
        let rules = known.filter_map(|(name, symbol)| Some((name.clone(), rules_of(symbol?))));
        Ok(Self { owners, bots: bots.into_iter().collect(), rules: rules.collect() })
    }

    fn is_paper(&self, account: Uuid) -> bool {
        self.owners.get(&account).is_some_and(|owner| owner.paper)
    }

    /// The events that an order begins with.
    pub(super) async fn begin(
        &self,
        tx: &Tx,
        one: &Wanted,
    ) -> Result<Vec<OrderEvent>, LedgerError> {
        let terms = &one.order.terms;
        let owner = self.owners.get(&terms.account).filter(|owner| owner.user == Some(one.user));
        let owner = owner.ok_or(LedgerError::UnknownAccount)?;
        if owner.archived {
            return Err(LedgerError::ArchivedAccount);
        }
        if owner.paper && (one.order.submitted || one.order.venue_order_id.is_some()) {
            return Err(LedgerError::VenueTells);
        }
        if let Some(bot) = terms.bot.filter(|bot| self.bots.get(bot) != Some(&terms.account)) {
            return Err(LedgerError::UnknownBot { account: terms.account, bot });
        }
        let rules = self.rules.get(&terms.symbol);
        let position = if terms.reduce_only {
            let (account, bot, mode) = (terms.account, terms.bot, terms.mode);
            let key = PositionKey { account, bot, symbol: terms.symbol.clone(), mode };
            books::hold(tx, &key).await?.map(|held| held.signed()).unwrap_or_default()
        } else {
            domain::Amount::ZERO
        };
        let context = Context { rules, position, ..Context::default() };
        let mut events = vec![Order::place(terms.clone(), &context)?];
        if one.order.submitted || one.order.venue_order_id.is_some() {
            events.push(OrderEvent::Submitted {});
        }
        if let Some(venue_order_id) = one.order.venue_order_id.clone() {
            events.push(OrderEvent::Accepted { venue_order_id });
        }
        Ok(events)
    }
}

/// What is not known of a symbol is not asked of an order.
pub(super) fn rules_of(symbol: symbols::Symbol) -> SymbolRules {
    let rules = symbol.rules;
    SymbolRules {
        code: symbol.name.code().to_owned(),
        base: symbol.base.unwrap_or_default(),
        quote: symbol.quote.unwrap_or_default(),
        price_precision: rules.price_precision.and_then(|places| places.try_into().ok()),
        quantity_precision: rules.quantity_precision.and_then(|places| places.try_into().ok()),
        tick_size: rules.tick_size,
        lot_size: rules.lot_size,
        min_quantity: rules.min_quantity,
        min_notional: rules.min_notional,
        active: rules.active,
        listed_at: symbol.listed_at,
        raw: String::new(),
    }
}

async fn write_batch(tx: Tx, batch: &[Wanted], now: Time) -> Result<Vec<Answer>, LedgerError> {
    let facts = Facts::of(&tx, batch).await?;
    let mut answers: Vec<Option<Answer>> = Vec::with_capacity(batch.len());
    let mut begun = Vec::new();
    for (at, one) in batch.iter().enumerate() {
        match facts.begin(&tx, one).await {
            Ok(events) => {
                begun.push((at, events));
                answers.push(None);
            }
            // What the database can't do is nobody's fault.
            Err(LedgerError::Store(error)) => return Err(error.into()),
            Err(refused @ LedgerError::UnknownAccount) => answers.push(Some(Err(refused))),
            // What was written once is known, however things are now.
            Err(refused) => answers.push(Some(known(&tx, one).await?.unwrap_or(Err(refused)))),
        }
    }
    claim_keys(&tx, batch, &mut begun, &mut answers, now).await?;
    let commands: Vec<Command> = begun.iter().map(|(at, _)| command(&batch[*at])).collect();
    let claimed = commands::claim(&tx, &commands, now).await?;
    let (mut new, mut made) = (Vec::new(), Vec::new());
    for ((at, events), claimed) in begun.into_iter().zip(claimed) {
        let one = &batch[at];
        if claimed {
            made.push((made_of(one.id, &events)?, events.len()));
            for event in &events {
                new.push((Tip::default(), NewEvent::of_order(one.id, event)?));
            }
        }
        answers[at] = Some(if claimed {
            Ok(Placed { id: one.id, written: None })
        } else {
            known(&tx, one).await?.unwrap_or(Err(LedgerError::Lost))
        });
    }
    if !new.is_empty() {
        let rows: Vec<Written<'_>> = made
            .iter()
            .map(|(order, count)| Written { order, version: *count as i32, at: now })
            .collect();
        // Orders before events, as everywhere: a rebuild holds both tables in that order.
        let mut written: BTreeMap<Uuid, OrderRow> = orders::write(&tx, &rows, now)
            .await?
            .into_iter()
            .map(|order| (order.id, order))
            .collect();
        for (one, answer) in batch.iter().zip(&mut answers) {
            if let Some(Ok(placed)) = answer {
                placed.written = written.remove(&one.id);
            }
        }
        let change = |row: &Written<'_>| OrderChange::new(row.order, row.version, now, None);
        let changes: Vec<_> = rows.iter().map(change).collect();
        let paper = made.iter().filter(|(order, _)| facts.is_paper(order.terms.account));
        let paper: Vec<_> = paper.map(|(order, _)| (order.id, order.terms.account)).collect();
        let (appended, told) = (events::append(&tx, &new, now), changes::tell(&tx, &changes));
        let begun = sagas::begin(&tx, &paper, now);
        try_join!(appended.err_into(), told, begun.err_into::<LedgerError>())?;
    }
    Ok(answers.into_iter().map(|answer| answer.unwrap_or(Err(LedgerError::Lost))).collect())
}

fn made_of(id: Uuid, events: &[OrderEvent]) -> Result<Order, LedgerError> {
    let mut order = Order::begin(id, &events[0])?;
    for event in &events[1..] {
        order.apply(event)?;
    }
    Ok(order)
}

fn command(one: &Wanted) -> Command {
    Command {
        account: one.order.terms.account,
        key: key_of(&one.order.terms),
        request: one.request,
        stream: one.id,
    }
}

pub(super) fn key_of(terms: &Terms) -> String {
    format!("order/{}", terms.client_order_id)
}

/// Claims the keys that orders have besides their client ids, and takes those out under whose key something else was asked.
async fn claim_keys(
    tx: &Tx,
    batch: &[Wanted],
    begun: &mut Vec<(usize, Vec<OrderEvent>)>,
    answers: &mut [Option<Answer>],
    now: Time,
) -> Result<(), LedgerError> {
    let (mut places, mut commands) = (Vec::new(), Vec::new());
    for (at, _) in begun.iter() {
        let one = &batch[*at];
        let Some(key) = &one.key else { continue };
        let stream = match known(tx, one).await? {
            // It will not be written, and so its key stays free.
            Some(Err(refused)) => {
                answers[*at] = Some(Err(refused));
                continue;
            }
            Some(Ok(placed)) => placed.id,
            None => one.id,
        };
        places.push(*at);
        commands.push(Command { key: format!("place/{key}"), stream, ..command(one) });
    }
    let claimed = match commands.is_empty() {
        true => vec![],
        false => commands::claim(tx, &commands, now).await?,
    };
    for ((at, asked), claimed) in places.into_iter().zip(&commands).zip(claimed) {
        if claimed {
            continue;
        }
        let known = commands::find(tx, asked.account, &asked.key).await?;
        if known.is_none_or(|(request, _)| request != asked.request) {
            let key = batch[at].key.clone().unwrap_or_default();
            answers[at] = Some(Err(LedgerError::KeyReused { key }));
        }
    }
    begun.retain(|(at, _)| answers[*at].is_none());
    Ok(())
}

/// What was asked under this client id before, if anything was.
async fn known(tx: &Tx, one: &Wanted) -> Result<Option<Answer>, LedgerError> {
    let key = key_of(&one.order.terms);
    let found = commands::find(tx, one.order.terms.account, &key).await?;
    Ok(found.map(|(request, id)| {
        if request == one.request {
            Ok(Placed { id, written: None })
        } else {
            Err(LedgerError::KeyReused { key: one.order.terms.client_order_id.clone() })
        }
    }))
}
