//! What the ledger is to be told of a trade: its orders, what they were filled at, and its funding.
//!
//! freqtrade closes a trade although some of what was bought stays in the wallet: fees in base, cut to the venue's lot,
//! leave dust. It also sells dust of before with a trade. So that a trade is a round trip here too, what it leaves or
//! takes is an order of its own, of the account without the bot: `…/rest`, with the price and time of the order that it
//! is a part of.

use domain::ledger::{Fill, Liquidity, Metadata, Mode, OrderEvent, Tags, Terms, TimeInForce};
use domain::market::SymbolName;
use domain::{Amount, Decimal, Time};
use serde_json::json;
use uuid::Uuid;

use super::fees::{self, Basis};
use super::fields::{decimal, rounded};
use super::{End, Fault, FeeTold, FileOrder, FileTrade};

/// For whom a trade is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The venue account.
    pub account: Uuid,
    /// The bot.
    pub bot: Uuid,
    /// The venue where a file doesn't say it: the account's.
    pub venue: String,
    /// What the names of its orders begin with.
    pub prefix: String,
}

/// What was traded of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trading {
    /// Units of base.
    pub quantity: Decimal,
    /// Their price.
    pub price: Decimal,
    /// What it cost.
    pub fees: Vec<domain::ledger::Fee>,
    /// When.
    pub time: Time,
}

impl Trading {
    /// A fill of so much at such a price, under a name that tells how far the order is with it: when more of an
    /// order was traded later, that is another fill.
    #[must_use]
    pub fn fill(&self, client_order_id: &str, quantity: Decimal, price: Decimal) -> Fill {
        Fill {
            venue_trade_id: format!("{client_order_id}@{}", self.quantity.normalize()),
            price,
            quantity,
            quote: Amount::product(price, quantity),
            fees: self.fees.clone(),
            liquidity: Liquidity::Unknown,
            time: self.time,
            venue_profit: None,
        }
    }
}

/// An order to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its name in the file.
    pub row: String,
    /// Whether it is the part of that order that doesn't belong to the trade.
    pub is_rest: bool,
    /// What was wanted.
    pub terms: Terms,
    /// The venue's number of it.
    pub venue_order_id: Option<String>,
    /// What was traded of it.
    pub traded: Option<Trading>,
    /// How it ended, where it was not filled.
    pub end: Option<OrderEvent>,
    /// Funding that came with it, and when; once under the order's name.
    pub funding: Option<(Amount, Time)>,
}

/// Why figures here differ from the file's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Units of base that were bought and not sold again; negative where more was sold.
    pub rest: Amount,
    /// The asset of the entry's fee where it is not the quote.
    pub entry_fee_in: Option<String>,
    /// The asset of the exit's fee where it is not the quote.
    pub exit_fee_in: Option<String>,
    /// Which fees are counted by their rate, for what the file tells can't be the whole or can't be true.
    pub fees_by_rate: Vec<&'static str>,
    /// Funding that an open trade has not yet been paid.
    pub running_funding: Option<Amount>,
}

/// A trade as the ledger is to be told it, in the order in which it is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The orders.
    pub orders: Vec<Planned>,
    /// Funding at the end, and when.
    pub funding: Option<(Amount, Time)>,
    /// What is traded.
    pub symbol: SymbolName,
    /// Its asset.
    pub base: String,
    /// The asset that it is paid with.
    pub quote: String,
    /// Why figures may differ.
    pub notes: Notes,
}

/// Makes it.
///
/// # Errors
/// That the pair is no symbol, or a number can't be held.
pub fn plan(trade: &FileTrade, owner: &Owner) -> Result<Plan, Fault> {
    let symbol = symbol(trade, owner)?;
    let is_entry = |order: &&FileOrder| order.is_entry;
    let count = |entry| {
        trade.orders.iter().filter(|o| o.is_entry == entry && o.filled > Decimal::ZERO).count()
    };
    let bought = fees::filled(trade.orders.iter().filter(is_entry));
    let mut sold = fees::filled(trade.orders.iter().filter(|order| !order.is_entry));
    if trade.is_open {
        sold += trade.amount;
    }
    let spot = !trade.margin && !trade.is_short;
    let room = if spot { bought.checked_sub(sold).unwrap_or_default() } else { Amount::ZERO };
    let entry = fees::basis(trade, &trade.entry_fee, count(true), room);
    let exit = fees::basis(trade, &trade.exit_fee, count(false), Amount::ZERO);
    let mut rest = room;
    if let Basis::Base(fee) = entry {
        rest += -fee;
    }
    let mut notes = Notes { rest, ..Notes::default() };
    for (basis, what, asset) in
        [(&entry, "entry", &mut notes.entry_fee_in), (&exit, "exit", &mut notes.exit_fee_in)]
    {
        match basis {
            Basis::Rate => {}
            Basis::Base(_) => *asset = Some(trade.base.clone()),
            Basis::Other(other, _) => *asset = Some(other.clone()),
            Basis::Instead => notes.fees_by_rate.push(what),
        }
    }
    let mut orders = Vec::with_capacity(trade.orders.len());
    for order in &trade.orders {
        let (told, basis) =
            if order.is_entry { (&trade.entry_fee, &entry) } else { (&trade.exit_fee, &exit) };
        orders.push(planned(trade, order, owner, &symbol, (told, basis))?);
    }
    if !(trade.is_open && rest.is_negative()) {
        split_rest(trade, &mut orders, rest)?;
    }
    let (base, quote) = (trade.base.clone(), trade.quote.clone());
    let mut plan = Plan { orders, funding: None, symbol, base, quote, notes };
    fund(trade, &mut plan);
    Ok(plan)
}

/// Venues' own codes: Binance writes a pair without a stroke.
fn symbol(trade: &FileTrade, owner: &Owner) -> Result<SymbolName, Fault> {
    let venue = trade.venue.as_deref().unwrap_or(&owner.venue);
    let between = if venue.starts_with("binance") { "" } else { "/" };
    SymbolName::new(venue, &format!("{}{between}{}", trade.base, trade.quote)).map_err(|error| {
        let (row, column, value) = (trade.id.clone(), "pair".to_owned(), trade.pair.clone());
        Fault { table: "trades", row, column, value, reason: format!("can't be kept: {error}") }
    })
}

fn planned(
    trade: &FileTrade,
    order: &FileOrder,
    owner: &Owner,
    symbol: &SymbolName,
    (told, basis): (&FeeTold, &Basis),
) -> Result<Planned, Fault> {
    let traded = order.price.zip(order.filled_at).filter(|_| order.filled > Decimal::ZERO);
    let traded = traded.map(|(price, time)| {
        let value = Amount::product(price, order.filled);
        let fees = fees::fees(trade, told, basis, value);
        Trading { quantity: order.filled, price, fees, time }
    });
    let tags = Tags {
        strategy: trade.strategy.clone(),
        entry_logic: trade.entry_tag.clone(),
        exit_logic: None,
        interval: trade.interval.clone(),
        exit_reason: trade.exit_reason.clone().filter(|_| !order.is_entry),
    };
    let end = match &order.end {
        End::Open | End::Filled => None,
        End::Cancelled(reason) => Some(OrderEvent::Cancelled { reason: reason.clone() }),
        End::Expired => Some(OrderEvent::Expired {}),
        End::Rejected(reason) if traded.is_none() => {
            Some(OrderEvent::Rejected { code: "rejected".into(), reason: reason.clone() })
        }
        End::Rejected(reason) => Some(OrderEvent::Cancelled { reason: reason.clone() }),
    };
    let rejected = matches!(end, Some(OrderEvent::Rejected { .. }));
    let funding = order.funding.map(rounded).filter(|sum| *sum != Amount::ZERO && trade.margin);
    let terms = Terms {
        account: owner.account,
        bot: Some(owner.bot),
        client_order_id: format!("{}/{}/{}", owner.prefix, trade.id, order.id),
        symbol: symbol.clone(),
        mode: if trade.margin { Mode::Margin } else { Mode::Spot },
        side: order.side,
        kind: order.kind,
        time_in_force: TimeInForce::Gtc,
        quantity: Some(order.quantity),
        quote_quantity: None,
        limit_price: order.limit_price,
        stop_price: order.stop_price,
        trail: None,
        reduce_only: false,
        leverage: trade.leverage,
        tags,
        exchange_metadata: Metadata::from(json!({ "freqtrade": {
            "trade": trade.id, "order": order.id, "pair": trade.pair, "order_type": order.told_kind,
            "order_date": order.placed_at.map(|time| time.to_string()),
        }})),
    };
    Ok(Planned {
        row: order.id.clone(),
        is_rest: false,
        terms,
        venue_order_id: order.venue_order_id.clone().filter(|_| !rejected),
        funding: traded.as_ref().and_then(|traded| Some((funding?, traded.time))),
        traded,
        end,
    })
}

/// Takes what was not sold again off the last entry, or what was sold too much off the last exit.
fn split_rest(trade: &FileTrade, orders: &mut Vec<Planned>, rest: Amount) -> Result<(), Fault> {
    if rest == Amount::ZERO {
        return Ok(());
    }
    let fault = |reason| {
        let (row, value) = (trade.id.clone(), rest.to_string());
        Fault { table: "trades", row, column: "amount".into(), value, reason }
    };
    let part = decimal(rest.abs()).map_err(fault)?;
    let is_entry = !rest.is_negative();
    let of_side = |planned: &&mut Planned| {
        let entry_side =
            if trade.is_short { domain::ledger::Side::Sell } else { domain::ledger::Side::Buy };
        (planned.terms.side == entry_side) == is_entry
            && planned.traded.as_ref().is_some_and(|traded| traded.quantity > part)
    };
    let Some(order) = orders.iter_mut().rev().find(of_side) else { return Ok(()) };
    let mut split = order.clone();
    let Some(traded) = order.traded.as_mut() else { return Ok(()) };
    traded.quantity -= part;
    order.terms.quantity = order.terms.quantity.map(|quantity| quantity - part);
    split.is_rest = true;
    split.funding = None;
    split.end = None;
    split.terms.bot = None;
    split.terms.quantity = Some(part);
    split.terms.client_order_id.push_str("/rest");
    if let Some(traded) = &mut split.traded {
        traded.quantity = part;
        traded.fees = vec![];
    }
    orders.push(split);
    Ok(())
}

/// Funding that no order tells: at the end of the trade. An open trade's is still running.
fn fund(trade: &FileTrade, plan: &mut Plan) {
    let Some(mut left) = trade.funding.filter(|_| trade.margin).map(rounded) else { return };
    for order in &plan.orders {
        if let Some((amount, _)) = order.funding {
            left += -amount;
        }
    }
    // What is behind the 12th digit comes of adding doubles.
    if left.abs() < Amount::unpacked(1, 12) {
        return;
    }
    match trade.closed_at.filter(|_| !trade.is_open) {
        Some(time) => plan.funding = Some((left, time)),
        None => plan.notes.running_funding = Some(left),
    }
}
