//! Tests of the use cases on real servers and real data; the modules mirror the areas.

mod auth;
mod ledger;
mod market;
mod trading;
