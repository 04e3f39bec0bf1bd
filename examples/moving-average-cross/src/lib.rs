//! An example of a bot, through the public client only: it holds a symbol while the fast moving average of its candles is
//! above the slow one. `cross` decides, `bot` trades, `prepare` makes what it needs on a paper account.

mod bot;
mod cross;
mod prepare;

pub use bot::run;
pub use cross::{Cross, Settings, Wish};
pub use prepare::{Plan, prepare};
