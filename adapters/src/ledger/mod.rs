//! The records of other programs that trade.

pub mod freqtrade;
