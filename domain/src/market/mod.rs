//! What a venue tells: symbols, ticks, candles.

mod book;
mod candle;
mod coverage;
mod frame;
mod interval;
mod roll;
mod rules;
mod stored;
mod symbol;
mod tick;

pub use book::BookTicker;
pub use candle::{BadCandle, Candle, Origin};
pub use coverage::{CoverageStatus, TimeRange, TimeRanges, UnknownStatus};
pub use frame::{Frame, UnknownFrame};
pub use interval::{Interval, UnknownInterval};
pub use roll::{Order, Roll, roll_candles, roll_from, roll_ticks};
pub use rules::SymbolRules;
pub use stored::StoredCandle;
pub use symbol::{BadSymbol, SymbolName, split_assets};
pub use tick::{BadTick, Tick, TickKind};
