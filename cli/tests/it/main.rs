//! The program as its users meet it: started as a process, judged by what it prints and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what is wanted")]

mod bench;
mod config;
mod database;
mod market;
mod pandas;
mod program;
mod up;
mod usage;
