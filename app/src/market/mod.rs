//! Market data: taking it in, giving it out, playing it again.

pub mod demo;
pub mod export;
pub mod import;
pub mod live;
pub mod read;
pub mod replay;
pub mod upkeep;
pub mod venues;
