//! Market data: taking it in, giving it out, playing it again.

pub mod live;
