//! How the paper venue fills orders: each is a fold over the trades of its symbol, so the same trades give the same fills.
//! docs/paper.md tells the rules.

mod fills;
mod order;
mod price;
mod settings;
mod tape;

pub use order::{Amendment, PaperOrder, PaperRefusal, Reach};
pub use price::Steps;
pub use settings::{FeeAsset, PaperSettings, Queue, Slippage};
pub use tape::{Market, Tape};
