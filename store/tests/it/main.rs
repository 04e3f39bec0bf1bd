//! Tests of the crate on real servers; the modules mirror the areas.

mod market;
mod ops;
mod trading;
