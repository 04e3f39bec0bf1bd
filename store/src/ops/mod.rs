//! Running the database: the embedded PostgreSQL, questions to whatever server there is, and what
//! other programs measure.

pub mod cluster;
pub mod points;
pub mod probe;

/// Every statement of this area that runs on the migrated schema.
pub const STATEMENTS: &[&[&str]] = &[points::STATEMENTS];
