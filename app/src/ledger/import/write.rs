//! One trade of a file, in one transaction: the commands that everybody's orders go by, so that it is refused or taken
//! whole, and what is known changes nothing.
//!
//! The venue took these orders by its rules of then. So they are not held against its rules of now, as its fills never
//! are; everything else is checked.

use adapters::ledger::freqtrade::{Plan, Planned};
use domain::ledger::{AccountEvent, Context, Fill, Order, OrderEvent, PositionKey, order_effects};
use domain::market::SymbolRules;
use domain::number::MAX_SCALE;
use domain::{Amount, Time, parse_decimal, quotient};
use store::Tx;
use store::ledger::books;
use store::ledger::commands::{self, Command};
use store::ledger::events::{self, NewEvent, Tip};
use store::ledger::orders::{self, Written};
use uuid::Uuid;

use super::super::{LedgerError, NewOrder, place, tell};
use super::reconcile::is_none;

/// What became of a trade.
#[derive(Debug)]
pub(super) struct Told {
    /// Its orders, as planned.
    pub(super) orders: Vec<ToldOrder>,
    /// Funding that it has here.
    pub(super) funding: Amount,
    /// Whether funding was written now.
    pub(super) funding_is_new: bool,
    /// What the ledger has otherwise.
    pub(super) differs: Vec<String>,
}

/// What became of an order.
#[derive(Debug)]
pub(super) struct ToldOrder {
    /// As it is now.
    pub(super) order: Order,
    /// Whether something was written now.
    pub(super) is_new: bool,
    /// What the ledger has otherwise.
    pub(super) differs: Vec<String>,
}

/// Why a trade is not taken; the order, where one is to blame.
pub(super) type Refused = (Option<String>, LedgerError);

/// Writes what is new of a trade.
pub(super) async fn trade(tx: &Tx, plan: &Plan, ids: &[Uuid], now: Time) -> Result<Told, Refused> {
    let mut told =
        Told { orders: vec![], funding: Amount::ZERO, funding_is_new: false, differs: vec![] };
    for (planned, id) in plan.orders.iter().zip(ids) {
        let done = order(tx, planned, plan, *id, now).await;
        let done = done.map_err(|error| (Some(planned.row.clone()), error))?;
        told.orders.push(done);
        if let Some(due) = planned.funding {
            fund(tx, planned, &planned.terms.client_order_id, due, now, &mut told).await?;
        }
    }
    if let (Some(due), Some(first)) = (plan.funding, plan.orders.first()) {
        let id = &first.terms.client_order_id;
        let of_trade = id.rsplit_once('/').map_or(id.as_str(), |(trade, _)| trade);
        fund(tx, first, of_trade, due, now, &mut told).await?;
    }
    Ok(told)
}

/// Funding under the name of an order, or of the trade.
async fn fund(
    tx: &Tx,
    planned: &Planned,
    name: &str,
    (amount, time): (Amount, Time),
    now: Time,
    told: &mut Told,
) -> Result<(), Refused> {
    let (terms, key) = (&planned.terms, format!("{name}/funding"));
    let asset = told.orders.first().map(|told| told.order.quote.clone()).unwrap_or_default();
    let (bot, symbol) = (terms.bot, terms.symbol.clone());
    let event = AccountEvent::FundingPaid { bot, symbol, asset, amount, time };
    match tell::account_event(tx, terms.account, &event, &key, now).await {
        Ok(is_new) => {
            told.funding += amount;
            told.funding_is_new |= is_new;
            Ok(())
        }
        Err(LedgerError::KeyReused { .. }) => {
            told.differs
                .push(format!("funding `{key}` is known with another amount than {amount}"));
            Ok(())
        }
        Err(error) => Err((Some(planned.row.clone()), error)),
    }
}

async fn order(
    tx: &Tx,
    planned: &Planned,
    plan: &Plan,
    id: Uuid,
    now: Time,
) -> Result<ToldOrder, LedgerError> {
    let terms = &planned.terms;
    let new = NewOrder {
        terms: terms.clone(),
        submitted: true,
        venue_order_id: planned.venue_order_id.clone(),
    };
    let (account, key) = (terms.account, place::key_of(terms));
    let command = Command { account, key, request: place::hash(&new), stream: id };
    if commands::claim(tx, std::slice::from_ref(&command), now).await? == [true] {
        let rules = rules(plan);
        let context = Context { rules: Some(&rules), ..Context::default() };
        let placed = Order::place(terms.clone(), &context)?;
        let begun = Order::begin(id, &placed)?;
        let mut wanted = vec![OrderEvent::Submitted {}];
        wanted.extend(accepted(planned));
        if let Some(traded) = &planned.traded {
            let fill = traded.fill(&terms.client_order_id, traded.quantity, traded.price);
            wanted.push(OrderEvent::Filled { fill });
        }
        wanted.extend(planned.end.clone());
        let order = record(tx, begun, Some(placed), Tip::default(), wanted, now).await?;
        return Ok(ToldOrder { order, is_new: true, differs: vec![] });
    }
    let found = commands::find(tx, account, &command.key).await?;
    let (_, id) = found.ok_or(LedgerError::Lost)?;
    orders::hold(tx, id).await?.ok_or(LedgerError::UnknownOrder)?;
    let (order, tip) = tell::load(tx, id).await?;
    let mut differs = differences(planned, &order);
    let wanted = match differs.as_slice() {
        [] => news(planned, &order, &mut differs),
        _ => vec![],
    };
    if wanted.is_empty() {
        return Ok(ToldOrder { order, is_new: false, differs });
    }
    let order = record(tx, order, None, tip, wanted, now).await?;
    Ok(ToldOrder { order, is_new: true, differs })
}

/// Nothing but what the pair says.
fn rules(plan: &Plan) -> SymbolRules {
    SymbolRules {
        code: plan.symbol.code().to_owned(),
        base: plan.base.clone(),
        quote: plan.quote.clone(),
        price_precision: None,
        quantity_precision: None,
        tick_size: None,
        lot_size: None,
        min_quantity: None,
        min_notional: None,
        active: true,
        listed_at: None,
        raw: String::new(),
    }
}

fn accepted(planned: &Planned) -> Option<OrderEvent> {
    planned.venue_order_id.clone().map(|venue_order_id| OrderEvent::Accepted { venue_order_id })
}

/// What can't be the same order.
fn differences(planned: &Planned, known: &Order) -> Vec<String> {
    let (told, here) = (&planned.terms, &known.terms);
    let mut found = Vec::new();
    let mut compare = |what: &str, told: String, here: String| {
        if told != here {
            found.push(format!("{what} is {here} here, {told} in the file"));
        }
    };
    compare("symbol", told.symbol.to_string(), here.symbol.to_string());
    compare("side", told.side.as_str().into(), here.side.as_str().into());
    let quantity = |terms: &domain::ledger::Terms| {
        terms.quantity.map_or_else(String::new, |quantity| quantity.normalize().to_string())
    };
    compare("quantity", quantity(told), quantity(here));
    if let (Some(told), Some(here)) = (&planned.venue_order_id, &known.venue_order_id) {
        compare("venue_order_id", told.clone(), here.clone());
    }
    found
}

/// What happened to a known order since; where the file has less or other trading than is known, that differs.
fn news(planned: &Planned, known: &Order, differs: &mut Vec<String>) -> Vec<OrderEvent> {
    let mut wanted = Vec::new();
    if known.venue_order_id.is_none() {
        wanted.extend(accepted(planned));
    }
    let (filled, quote) = planned.traded.as_ref().map_or_else(Default::default, |traded| {
        (Amount::from(traded.quantity), Amount::product(traded.price, traded.quantity))
    });
    if filled < known.filled {
        differs.push(format!("filled is {} here, {filled} in the file", known.filled));
        return vec![];
    }
    if filled > known.filled {
        match since(planned, known) {
            Some(fill) => wanted.push(OrderEvent::Filled { fill }),
            None => differs.push("what was filled since has no price".to_owned()),
        }
    } else if !quote.checked_sub(known.filled_quote).is_some_and(is_none) {
        let here = known.filled_quote;
        differs.push(format!("value of the fills is {here} here, {quote} in the file"));
    }
    wanted.extend(planned.end.clone().filter(|_| !known.status.is_final()));
    wanted
}

/// The fill between what is known and what the file has, at the price that makes up the file's average.
fn since(planned: &Planned, known: &Order) -> Option<Fill> {
    let traded = planned.traded.as_ref()?;
    let more = Amount::from(traded.quantity).checked_sub(known.filled)?;
    let value = Amount::product(traded.price, traded.quantity).checked_sub(known.filled_quote)?;
    let price = match known.filled == Amount::ZERO {
        true => traded.price,
        false => parse_decimal(&quotient(value, more, MAX_SCALE)?.to_string()).ok()?,
    };
    let quantity = parse_decimal(&more.to_string()).ok()?;
    let mut fill = traded.fill(&planned.terms.client_order_id, quantity, price);
    for fee in &mut fill.fees {
        let known = known.fills.values().flat_map(|fill| &fill.fees);
        for known in known.filter(|known| known.asset == fee.asset) {
            fee.amount += -known.amount;
        }
    }
    fill.fees.retain(|fee| fee.amount != Amount::ZERO);
    Some(fill)
}

/// Decides commands one after the other, and writes their events and what they came to.
async fn record(
    tx: &Tx,
    before: Order,
    placed: Option<OrderEvent>,
    tip: Tip,
    wanted: Vec<OrderEvent>,
    now: Time,
) -> Result<Order, LedgerError> {
    let context = Context::default();
    let mut order = before.clone();
    let mut decided = Vec::new();
    for command in wanted {
        for event in order.decide(command, &context)? {
            order.apply(&event)?;
            decided.push(event);
        }
    }
    let is_new = placed.is_some();
    let all = placed.iter().chain(&decided);
    let new: Result<Vec<_>, _> = all
        .map(|event| Ok::<_, LedgerError>((tip, NewEvent::of_order(order.id, event)?)))
        .collect();
    let new = new?;
    let version = tip.version + new.len() as i32;
    // Held before its event has a position, see `tell`. There is one fill at the most.
    let trades = decided.iter().any(|event| matches!(event, OrderEvent::Filled { .. }));
    let mut latest = if trades { books::hold(tx, &PositionKey::of(&before)).await? } else { None };
    let places = events::append(tx, &new, now).await?;
    // A fill's row needs the order's.
    orders::write(tx, &[Written { order: &order, version, at: now }], now).await?;
    let mut then = before;
    for (event, at) in decided.iter().zip(places.into_iter().skip(usize::from(is_new))) {
        then.apply(event)?;
        let mut open = None;
        if let OrderEvent::Filled { fill } = event {
            open = latest.take().filter(domain::ledger::Position::is_open);
            orders::add_fill(tx, &then, fill, at).await?;
        }
        let effects = order_effects(&then, event, open)?;
        tell::book(tx, then.terms.account, &effects, at).await?;
    }
    Ok(order)
}
