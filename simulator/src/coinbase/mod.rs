//! Coinbase's exchange: REST under `/coinbase`, the feed at `/coinbase/ws`.

pub(crate) mod json;
