//! Where it is kept who is logged in: the database needs nothing more; Redis spares it the writes of
//! each session's last use, and is shared by several nodes.

mod port;
mod postgres;
mod redis;

pub use port::{Change, Done, Sessions, SessionsError};
pub use postgres::PostgresSessions;
pub use redis::RedisSessions;
