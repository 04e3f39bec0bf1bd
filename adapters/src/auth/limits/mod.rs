//! Where requests are counted against their limits: memory counts for one process, Redis for all nodes.

mod memory;
mod port;
mod redis;

pub use memory::MemoryLimits;
pub use port::{Counted, Counter, Limits, Window};
pub use redis::RedisLimits;
