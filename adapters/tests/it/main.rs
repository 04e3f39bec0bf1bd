//! Tests of what this crate reads and writes outside itself. Modules mirror the areas.

mod market;
