//! The record of trading, all made from events.
//!
//! A command is checked ([`Order::place`], [`Order::decide`]) and becomes events; events are taken in
//! and never refused. docs/ledger.md tells the rules.

mod checks;
mod corrupt;
mod fill;
mod order;
mod order_event;
pub mod performance;
mod refusal;
mod terms;

pub use checks::Context;
pub use corrupt::Corrupt;
pub use fill::{Fee, Fill, Liquidity};
pub use order::{Order, Status};
pub use order_event::OrderEvent;
pub use refusal::Refusal;
pub use terms::{Mode, OrderKind, Side, Tags, Terms, TimeInForce, Trail};
