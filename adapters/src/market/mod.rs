//! Market data from outside and to outside.

pub mod files;
pub mod lines;
pub mod segments;
pub mod venue;
