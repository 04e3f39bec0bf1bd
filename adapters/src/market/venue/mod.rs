//! Venues as sources of market data: one port, and a folder for each venue that speaks it.

mod port;

pub use port::{Answer, TradesFrom, Venue, VenueError, VenueEvent, VenueSource};
