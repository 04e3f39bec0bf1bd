//! What bots are doing, at hand: whoever watches bots asks often, and PostgreSQL only where nothing is at hand. Memory
//! serves one process, Redis all nodes.

mod memory;
mod port;
mod redis;

pub use memory::MemoryStates;
pub use port::{BotState, BotStates, LIFE, Told};
pub use redis::RedisStates;
