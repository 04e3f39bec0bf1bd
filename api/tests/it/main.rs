//! Tests of the interface over real connections, on a real PostgreSQL; the modules mirror the areas.

mod market;
mod ops;
mod server;
mod stream;
