//! Orders that change, for whoever watches them: what is committed is told to every process, which needs to ask nobody.
//!
//! Imports of past trades are not told.

use std::sync::Arc;

use domain::ledger::{Fee, Fill, Order};
use domain::{Decimal, Time};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::ledger::notices;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Ledger, LedgerError};
use crate::listen::{Heard, News, listen};

/// A fill with more fees than this is left out, as a notice has at most 8,000 bytes; everything else of it is short.
const MOST_FEES: usize = 16;

/// An order as a commit left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderChange {
    /// The order.
    pub order: OrderState,
    /// The fill that the commit brought, if one; the ledger has all of them.
    pub fill: Option<NewFill>,
}

/// What may change of an order, and by what it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of store::ledger::orders::OrderRow")]
pub struct OrderState {
    pub id: Uuid,
    pub account: Uuid,
    pub bot: Option<Uuid>,
    pub client_order_id: String,
    pub symbol: String,
    pub mode: String,
    pub side: String,
    pub kind: String,
    pub status: String,
    pub quantity: Option<String>,
    pub quote_quantity: Option<String>,
    pub limit_price: Option<String>,
    pub stop_price: Option<String>,
    pub filled: String,
    pub filled_quote: String,
    /// Rises by each event: what has a lower one is older.
    pub version: i32,
    pub updated_at: String,
}

/// A fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of store::ledger::orders::FillRow")]
pub struct NewFill {
    pub venue_trade_id: String,
    pub price: String,
    pub quantity: String,
    pub quote: String,
    pub fees: Vec<Fee>,
    pub liquidity: String,
    pub time: String,
}

/// What changed of somebody's order.
pub type OrderNews = News<(Uuid, OrderChange)>;

impl OrderChange {
    pub(super) fn new(order: &Order, version: i32, at: Time, fill: Option<&Fill>) -> Self {
        let (terms, plain) = (&order.terms, |number: Decimal| number.normalize().to_string());
        let order = OrderState {
            id: order.id,
            account: terms.account,
            bot: terms.bot,
            client_order_id: terms.client_order_id.clone(),
            symbol: terms.symbol.to_string(),
            mode: terms.mode.as_str().to_owned(),
            side: terms.side.as_str().to_owned(),
            kind: terms.kind.as_str().to_owned(),
            status: order.status.as_str().to_owned(),
            quantity: terms.quantity.map(plain),
            quote_quantity: terms.quote_quantity.map(plain),
            limit_price: terms.limit_price.map(plain),
            stop_price: terms.stop_price.map(plain),
            filled: order.filled.to_string(),
            filled_quote: order.filled_quote.to_string(),
            version,
            updated_at: at.to_string(),
        };
        let fill = fill.filter(|fill| fill.fees.len() <= MOST_FEES).map(|fill| NewFill {
            venue_trade_id: fill.venue_trade_id.clone(),
            price: plain(fill.price),
            quantity: plain(fill.quantity),
            quote: fill.quote.to_string(),
            fees: fill.fees.clone(),
            liquidity: fill.liquidity.as_str().to_owned(),
            time: fill.time.to_string(),
        });
        Self { order, fill }
    }
}

/// Has every process hear of changes once they are committed.
pub(super) async fn tell(tx: &Tx, changes: &[OrderChange]) -> Result<(), LedgerError> {
    // Nothing of it is a map whose keys are no strings, so it always is JSON.
    let text = |change| serde_json::to_string(change).unwrap_or_default();
    let told: Vec<_> = changes.iter().map(|change| (change.order.account, text(change))).collect();
    Ok(notices::tell(tx, &told).await?)
}

impl Ledger {
    /// What changes from now on, in the order of commits.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Arc<OrderNews>> {
        self.0.news.subscribe()
    }

    /// Listens until `stop` to what all processes commit.
    pub async fn hear_changes(&self, stop: &CancellationToken) {
        listen(&self.0.db, notices::LISTEN, stop, |heard| {
            let news = match heard {
                Heard::Connected => News::Gap,
                Heard::Lost => return,
                Heard::Notice(text) => match read(&text) {
                    Some(change) => News::Changed(change),
                    None => {
                        tracing::warn!("a notice of an order can't be read");
                        News::Gap
                    }
                },
            };
            // Nobody listening is no error.
            drop(self.0.news.send(Arc::new(news)));
        })
        .await;
    }
}

fn read(text: &str) -> Option<(Uuid, OrderChange)> {
    let (user, change) = text.split_once(' ')?;
    Some((user.parse().ok()?, serde_json::from_str(change).ok()?))
}
