//! The steps: each reads where the order is, does one thing, and writes that with where it is then.

use std::time::Duration;

use domain::ledger::{Costs, Need, Order, OrderEvent, Refusal, Status};
use domain::trading::paper::Amendment;
use domain::{Decimal, Time};
use serde_json::Value;
use store::Tx;
use store::ledger::{books, orders};
use store::trading::paper_settings;
use store::trading::sagas::{self, Saga};
use uuid::Uuid;

use super::{LEASE, SagaError};
use crate::ledger::tell::{apply, load};
use crate::ledger::{Ledger, LedgerError};
use crate::market::read::MarketReader;
use crate::trading::paper::{PaperError, PaperVenue};

/// An order that could not be sent for so long is not sent at all: the market has gone on.
const SENT_WITHIN: Duration = Duration::from_secs(60);

impl Ledger {
    /// Takes the order's next step. False where it waits for the venue, or is over.
    pub(super) async fn step(
        &self,
        order: Uuid,
        venue: &PaperVenue,
        market: &MarketReader,
    ) -> Result<bool, SagaError> {
        let Some(saga) = sagas::find(&self.0.db, order).await? else { return Ok(false) };
        match saga.step.as_str() {
            "reserve" => self.reserve(&saga, market).await,
            "submit" => self.submit(&saga, venue).await,
            _ => self.pass_on(&saga, venue).await,
        }
    }

    /// Holds funds back and writes `submitted`, or rejects the order.
    async fn reserve(&self, saga: &Saga, market: &MarketReader) -> Result<bool, SagaError> {
        let (id, now) = (saga.order, self.now());
        let order = self.read(id).await?;
        let known = market.price(&order.terms.symbol).await;
        let latest = known.ok().and_then(|known| known.price);
        let late = now.since(saga.created_at) > SENT_WITHIN;
        let work = |tx: Tx| async move {
            orders::hold(&tx, id).await?;
            let Some(saga) = sagas::hold(&tx, id).await? else { return Ok(false) };
            if saga.step != "reserve" {
                return Ok(true);
            }
            if late {
                let within = SENT_WITHIN.as_secs();
                let reason = format!("it could not be sent within {within} s");
                return reject(&tx, id, "not_sent", reason, now).await;
            }
            match hold_back(&tx, id, latest, now).await {
                Ok(()) => {}
                Err(LedgerError::Refused(refusal)) => {
                    return reject(&tx, id, refusal.code(), refusal.to_string(), now).await;
                }
                Err(LedgerError::NoPrice) => {
                    let reason = LedgerError::NoPrice.to_string();
                    return reject(&tx, id, "no_price", reason, now).await;
                }
                Err(error) => return Err(error),
            }
            let (order, tip) = load(&tx, id).await?;
            apply(&tx, order, tip, OrderEvent::Submitted {}, None, now).await?;
            sagas::go_on(&tx, id, "submit", Some(now.plus(LEASE)), now).await?;
            Ok(true)
        };
        Ok(self.0.db.run("ledger.saga_reserve", work).await?)
    }

    /// Sends the order and writes the venue's answer down. Whoever doesn't know the answer asks again.
    async fn submit(&self, saga: &Saga, venue: &PaperVenue) -> Result<bool, SagaError> {
        let id = saga.order;
        let answer = &venue.submit(&self.read(id).await?).await?;
        let now = self.now();
        let waited = now.since(saga.created_at).as_secs_f64();
        metrics::histogram!("chandlery_saga_sent_seconds").record(waited);
        let work = |tx: Tx| async move {
            orders::hold(&tx, id).await?;
            let Some(saga) = sagas::hold(&tx, id).await? else {
                return Ok::<_, LedgerError>(false);
            };
            if saga.step != "submit" {
                return Ok(true);
            }
            let (order, tip) = load(&tx, id).await?;
            apply(&tx, order, tip, answer.clone(), None, now).await?;
            if load(&tx, id).await?.0.status.is_final() {
                sagas::end(&tx, id).await?;
                return Ok(false);
            }
            let asked = saga.cancel || saga.amend.is_some();
            let due = asked.then(|| now.plus(LEASE));
            sagas::go_on(&tx, id, "settle", due, now).await?;
            Ok(asked)
        };
        Ok(self.0.db.run("ledger.saga_confirm", work).await?)
    }

    /// Asks the venue what its owner has asked of the order since.
    async fn pass_on(&self, saga: &Saga, venue: &PaperVenue) -> Result<bool, SagaError> {
        let mut refused = None;
        if let Some(amend) = &saga.amend {
            match venue.amend(saga.order, amendment(amend)?).await {
                Ok(()) => {}
                Err(error @ (PaperError::Ended(_) | PaperError::Amendment { .. })) => {
                    refused = Some(error.to_string());
                }
                Err(error) => return Err(error.into()),
            }
        }
        if saga.cancel {
            venue.cancel(saga.order).await?;
        }
        let (now, refused) = (self.now(), &refused);
        let work = |tx: Tx| async move {
            orders::hold(&tx, saga.order).await?;
            if refused.is_some() {
                give_back(&tx, saga.order, now).await?;
            }
            Ok::<_, LedgerError>(sagas::asked(&tx, saga, refused.as_deref(), now).await?)
        };
        self.0.db.run("ledger.saga_passed_on", work).await?;
        Ok(false)
    }

    async fn read(&self, id: Uuid) -> Result<Order, LedgerError> {
        let work = |tx: Tx| async move { Ok::<_, LedgerError>(load(&tx, id).await?.0) };
        self.0.db.run("ledger.saga_order", work).await
    }
}

/// Ends an order that the venue never saw.
async fn reject(
    tx: &Tx,
    id: Uuid,
    code: &str,
    reason: String,
    now: Time,
) -> Result<bool, LedgerError> {
    let (order, tip) = load(tx, id).await?;
    let rejected = OrderEvent::Rejected { code: code.to_owned(), reason };
    apply(tx, order, tip, rejected, None, now).await?;
    sagas::end(tx, id).await?;
    Ok(false)
}

/// Holds back what the order needs and hasn't yet.
async fn hold_back(
    tx: &Tx,
    id: Uuid,
    latest: Option<Decimal>,
    now: Time,
) -> Result<(), LedgerError> {
    let (order, _) = load(tx, id).await?;
    hold_back_as(tx, &order, latest, now).await
}

/// The same for the order as it is to be.
pub(super) async fn hold_back_as(
    tx: &Tx,
    wanted: &Order,
    latest: Option<Decimal>,
    now: Time,
) -> Result<(), LedgerError> {
    let costs = costs(tx, wanted).await?;
    let (asset, amount) = match wanted.need(latest, costs) {
        Some(Need::Nothing) => return Ok(()),
        Some(Need::Price) => return Err(LedgerError::NoPrice),
        Some(Need::Some(asset, amount)) => (asset, amount),
        None => {
            let (field, value) = ("price × quantity", wanted.left());
            return Err(Refusal::TooLarge { field, value, most: value }.into());
        }
    };
    let held = wanted.reserved.get(&asset).copied().unwrap_or_default();
    let Some(more) = amount.checked_sub(held).filter(|more| *more > domain::Amount::ZERO) else {
        return Ok(());
    };
    let available = books::hold_cash(tx, wanted.terms.account, &asset).await?;
    let (order, tip) = load(tx, wanted.id).await?;
    let reserved = OrderEvent::Reserved { asset, amount: more };
    apply(tx, order, tip, reserved, Some(available), now).await
}

/// What the order may cost beside its value, by the settings under which it came to the venue, or would come now.
async fn costs(tx: &Tx, order: &Order) -> Result<Costs, LedgerError> {
    let came = match order.status {
        Status::New => None,
        _ => paper_settings::of_order(tx, order.id).await?,
    };
    let settings = match came {
        Some(settings) => settings,
        None => paper_settings::of_paper(tx, order.terms.account).await?.unwrap_or_default(),
    };
    Ok(settings.costs(&order.terms))
}

/// Releases what the order, amended or not after all, needs no longer.
pub(super) async fn give_back(tx: &Tx, id: Uuid, now: Time) -> Result<(), LedgerError> {
    let (order, tip) = load(tx, id).await?;
    // Without a price of its own it can't have been amended to another value.
    let need = order.need(None, costs(tx, &order).await?);
    let Some(Need::Some(asset, amount)) = need else { return Ok(()) };
    let held = order.reserved.get(&asset).copied().unwrap_or_default();
    let surplus = held.checked_sub(amount).filter(|surplus| *surplus > domain::Amount::ZERO);
    let Some(amount) = surplus.filter(|_| !order.status.is_final()) else { return Ok(()) };
    apply(tx, order, tip, OrderEvent::Released { asset, amount }, None, now).await
}

/// An amendment as owners' asking wrote it.
pub(super) fn amendment(stored: &Value) -> Result<Amendment, LedgerError> {
    let number = |field: &str| -> Result<Option<Decimal>, LedgerError> {
        let Some(text) = stored.get(field).and_then(Value::as_str) else { return Ok(None) };
        let wrong = |error| store::StoreError::Unexpected(format!("{field} of a saga: {error}"));
        Ok(Some(domain::parse_decimal(text).map_err(wrong)?))
    };
    Ok(Amendment {
        quantity: number("quantity")?,
        limit_price: number("limit_price")?,
        stop_price: number("stop_price")?,
    })
}
