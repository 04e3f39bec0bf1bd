//! The records of other programs that trade, and the ledger's own lists in formats that others read.

pub mod freqtrade;
pub mod table;
