//! Values that people's programs keep for a while: a price, a setting, a mark. Memory serves one process and forgets them
//! when it ends, Redis all nodes.

mod memory;
mod port;
mod redis;

pub use memory::MemoryValues;
pub use port::{MOST, Told, Value, Values};
pub use redis::RedisValues;
