//! Venues as sources of market data: one port, and a folder for each venue that speaks it. What
//! they share stands beside them: the budget of requests, the REST client, the socket's life.

mod backoff;
pub mod binance;
mod budget;
pub mod coinbase;
mod http;
mod metrics;
mod port;
mod socket;

use std::sync::Arc;

use domain::Time;
use domain::market::Tick;

pub use metrics::describe_metrics;
pub use port::{Answer, TradesFrom, Venue, VenueError, VenueEvent, VenueSource};
pub use socket::SocketOptions;

/// The clock that arrivals are read from, passed in so that a test can set it.
pub type Now = Arc<dyn Fn() -> Time + Send + Sync>;

/// Ticks that REST gave, with their arrival.
fn arrived(mut ticks: Vec<Tick>, now: &Now) -> Vec<Tick> {
    let received_at = Some(now());
    ticks.iter_mut().for_each(|tick| tick.received_at = received_at);
    ticks
}
