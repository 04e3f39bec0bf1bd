//! Orders: placing, amending, cancelling, and telling what became of those that were sent elsewhere.

use reqwest::Method;
use serde::Deserialize;
use uuid::Uuid;

use crate::Result;
use crate::client::{Call, Client};
use crate::order::{Amendment, Fill, NewFill, NewOrder, Order, OrderQuery, Report};
use crate::pages::{Page, Pages, pairs};

const ORDERS: &str = "/v1/ledger/orders";

#[derive(Deserialize)]
struct Fills {
    fills: Vec<Fill>,
}

impl Client {
    /// Places an order, durably. Asked again, by this client or after it, with the same `client_order_id` and
    /// content, it is the same order.
    ///
    /// # Errors
    /// The codes of the symbol's rules, `unknown_account`, `key_reused`, …
    pub async fn place(&self, order: &NewOrder) -> Result<Order> {
        let mut order = order.clone();
        order.client_order_id.get_or_insert_with(|| self.new_id().to_string());
        self.ask(Call::new(Method::POST, ORDERS.to_owned()).json(&order)?.harmless()).await
    }

    /// An order.
    ///
    /// # Errors
    /// `unknown_order`.
    pub async fn order(&self, id: Uuid) -> Result<Order> {
        self.get(format!("{ORDERS}/{id}")).await
    }

    /// A page of orders, the newest first.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn orders(&self, query: &OrderQuery) -> Result<Page<Order>> {
        self.query(ORDERS, pairs(query)).await
    }

    /// Orders, however many, page by page.
    #[must_use]
    pub fn order_pages(&self, query: &OrderQuery) -> Pages<Order> {
        Pages::new(self, ORDERS, pairs(query))
    }

    /// Changes an order.
    ///
    /// # Errors
    /// `wrong_state`, `below_filled`, the codes of the symbol's rules.
    pub async fn amend(&self, id: Uuid, change: &Amendment) -> Result<Order> {
        let call = Call::new(Method::PATCH, format!("{ORDERS}/{id}")).json(change)?;
        self.ask(call.keyed(self.new_id())).await
    }

    /// Asks for an order to be cancelled; it is once whoever has it says so.
    ///
    /// # Errors
    /// `wrong_state`.
    pub async fn cancel(&self, id: Uuid) -> Result<Order> {
        let call = Call::new(Method::DELETE, format!("{ORDERS}/{id}"));
        self.ask(call.keyed(self.new_id())).await
    }

    /// Tells what happened to an order that was sent elsewhere.
    ///
    /// # Errors
    /// `wrong_state`, `other_venue_order`.
    pub async fn report(&self, id: Uuid, report: &Report) -> Result<Order> {
        let call = Call::new(Method::POST, format!("{ORDERS}/{id}/reports")).json(report)?;
        self.ask(call.keyed(self.new_id())).await
    }

    /// Tells of a trade of an order that was sent elsewhere.
    ///
    /// # Errors
    /// `over_fill`, `fill_differs`, `wrong_state`.
    pub async fn report_fill(&self, id: Uuid, fill: &NewFill) -> Result<Order> {
        let call = Call::new(Method::POST, format!("{ORDERS}/{id}/fills")).json(fill)?;
        self.ask(call.harmless()).await
    }

    /// The trades of an order.
    ///
    /// # Errors
    /// `unknown_order`.
    pub async fn fills(&self, id: Uuid) -> Result<Vec<Fill>> {
        Ok(self.get::<Fills>(format!("{ORDERS}/{id}/fills")).await?.fills)
    }
}
