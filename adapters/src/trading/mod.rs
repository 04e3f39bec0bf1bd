//! What is kept of trading outside the database.

pub mod states;
pub mod values;
