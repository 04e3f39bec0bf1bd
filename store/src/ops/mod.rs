//! Running the database: the embedded PostgreSQL, and questions to whatever server there is.

pub mod cluster;
pub mod probe;
