//! Coinbase's exchange: REST under `/coinbase`, the feed at `/coinbase/ws`.

mod feed;
pub(crate) mod json;
mod rest;

pub(crate) use feed::Coinbase;
pub(crate) use rest::{router, too_many};
