//! The record of trading: orders, positions, round trips and where the money is, all made from events.
//!
//! A command is checked ([`Order::place`], [`Order::decide`], [`AccountEvent::check`]) and becomes events;
//! events are taken in ([`Book::apply`]) and never refused. docs/ledger.md tells the rules.

mod account;
mod book;
mod chain;
mod checks;
mod corrupt;
mod fill;
mod metadata;
mod order;
mod order_event;
pub mod performance;
mod piece;
mod position;
mod posting;
mod rate;
mod refusal;
mod reserve;
mod terms;
mod trade;

pub use account::AccountEvent;
pub use book::{Book, Effects, Event, account_effects, order_effects};
pub use chain::{Hash, chained};
pub use checks::Context;
pub use corrupt::Corrupt;
pub use fill::{Fee, Fill, Liquidity};
pub use metadata::{Metadata, MetadataError};
pub use order::{Order, Status};
pub use order_event::OrderEvent;
pub use position::{Direction, Leg, Lot, Position, PositionKey, Traded, trade};
pub use posting::{Posting, Purse, account_postings, check_balanced, order_postings};
pub use rate::Rate;
pub use refusal::Refusal;
pub use reserve::{Costs, Need};
pub use terms::{Mode, OrderKind, Side, Tags, Terms, TimeInForce, Trail};
pub use trade::Trade;
