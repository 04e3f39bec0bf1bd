//! What owners ask of orders of paper accounts. It is written down here, and passed on to the venue.

use domain::Time;
use domain::ledger::{Context, OrderEvent, PositionKey, Status};
use domain::trading::paper::Amendment;
use serde_json::{Map, Value};
use store::Tx;
use store::ledger::books;
use store::market::symbols;
use store::trading::sagas;
use uuid::Uuid;

use super::steps::{amendment, hold_back_as};
use crate::ledger::LedgerError;
use crate::ledger::place::rules_of;
use crate::ledger::tell::{apply, if_unsent, load};

/// Asks for the order, which is held, to be given up or changed; everything else the venue tells.
pub(in crate::ledger) async fn ask(
    tx: &Tx,
    id: Uuid,
    command: OrderEvent,
    now: Time,
) -> Result<(), LedgerError> {
    match command {
        OrderEvent::CancelRequested {} => cancel(tx, id, now).await,
        OrderEvent::Amended { .. } => amend(tx, id, command, now).await,
        _ => Err(LedgerError::VenueTells),
    }
}

async fn cancel(tx: &Tx, id: Uuid, now: Time) -> Result<(), LedgerError> {
    let (order, tip) = load(tx, id).await?;
    let unsent = order.status == Status::New;
    let command = if_unsent(&order, OrderEvent::CancelRequested {});
    apply(tx, order, tip, command, None, now).await?;
    if unsent {
        return Ok(sagas::end(tx, id).await?);
    }
    Ok(sagas::ask_cancel(tx, id, now).await?)
}

/// The order changes when the venue says so; what it needs more of is held back now.
async fn amend(tx: &Tx, id: Uuid, command: OrderEvent, now: Time) -> Result<(), LedgerError> {
    let (mut order, _) = load(tx, id).await?;
    // What the venue was not yet asked counts as well.
    if let Some(pending) = sagas::hold(tx, id).await?.and_then(|saga| saga.amend) {
        let Amendment { quantity, limit_price, stop_price } = amendment(&pending)?;
        order.apply(&OrderEvent::Amended { quantity, limit_price, stop_price })?;
    }
    let symbol = symbols::find(tx, &order.terms.symbol).await?;
    let rules = symbol.map(rules_of);
    let position = match order.terms.reduce_only {
        true => books::hold(tx, &PositionKey::of(&order)).await?,
        false => None,
    };
    let position = position.map(|held| held.signed()).unwrap_or_default();
    let context = Context { rules: rules.as_ref(), position, ..Context::default() };
    let decided = order.decide(command.clone(), &context)?;
    for event in &decided {
        order.apply(event)?;
    }
    match hold_back_as(tx, &order, None, now).await {
        // A trailing stop has none; what is held for it stays as it is.
        Ok(()) | Err(LedgerError::NoPrice) => {}
        Err(error) => return Err(error),
    }
    let OrderEvent::Amended { quantity, limit_price, stop_price } = command else { return Ok(()) };
    let fields = [("quantity", quantity), ("limit_price", limit_price), ("stop_price", stop_price)];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let wanted: Map<String, Value> =
        given.map(|(name, value)| (name, Value::String(value.to_string()))).collect();
    Ok(sagas::ask_amend(tx, id, &Value::Object(wanted), now).await?)
}
