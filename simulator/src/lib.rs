//! A venue that isn't one: it plays recorded or made-up trades through the interfaces of Binance and
//! Coinbase, and misbehaves as told. For tests, and for trying things out without a venue.
//!
//! What it says over REST is the truth until the present moment of its own clock; faults lose,
//! double and delay what it says on streams, and refuse or spoil answers, but never change them.

mod binance;
mod candles;
mod clock;
mod coinbase;
mod control;
mod dealer;
mod faults;
mod forming;
mod market;
mod options;
mod player;
mod server;
mod session;
mod sessions;
mod synthetic;
mod tape;
mod weights;
mod world;

pub use faults::{BadFaults, Dealt, Faults};
pub use options::{BadRecording, Options, Recording};
pub use server::Simulator;
pub use world::{Played, State, SymbolState};
