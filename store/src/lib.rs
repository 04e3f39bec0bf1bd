//! PostgreSQL, concretely: pools, transactions, migrations, and one module of statements per area.
//!
//! There is no trait in front of it, for there is one database. The only way to a transaction is
//! [`Db::run`], which names, times, retries and commits it.

pub mod auth;
mod db;
mod error;
pub mod ledger;
pub mod market;
pub mod migrate;
mod numeric;
pub mod ops;
mod settings;
mod tls;
pub mod trading;
mod tx;

pub use db::{AsStoreError, Db, Param, Session, Unseal};
pub use error::StoreError;
pub use numeric::Numeric;
pub use settings::{AccessMode, DbSettings};
pub use tx::Tx;
