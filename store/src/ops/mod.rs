//! Running the database.
pub mod probe;
