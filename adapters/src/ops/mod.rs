//! What the operation of the product needs from outside.

pub mod objects;
pub mod redis;
