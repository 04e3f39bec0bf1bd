//! One file per command: its flags and help, and what it does.

pub(crate) mod audit;
pub(crate) mod backfill;
pub(crate) mod bench;
pub(crate) mod bot;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod coverage;
mod demo;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod import;
mod import_trades;
pub(crate) mod ingest;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod reference;
pub(crate) mod replay;
pub(crate) mod retention;
pub(crate) mod seal;
pub(crate) mod simulate;
pub(crate) mod up;
pub(crate) mod usage;
pub(crate) mod user;

use std::io::{self, Write};

use domain::Time;

/// Prints a document as it is. A reader that goes away has seen what it wanted.
fn print(text: &[u8]) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text).and_then(|()| out.flush());
}

/// A time as people type it: RFC 3339, epoch milliseconds, or a date, which begins at midnight UTC.
fn time(text: &str) -> Result<Time, String> {
    let full = if text.len() == "2024-08-08".len() && text.matches('-').count() == 2 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    full.parse().map_err(|error| {
        format!("{error}; write 2024-08-08, 2024-08-08T12:00:00Z or epoch milliseconds")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        let noon = time("2024-08-08T12:00:00Z").unwrap();
        assert_eq!(time("1723118400000").unwrap(), noon);
        assert_eq!(time("2024-08-08T14:00:00+02:00").unwrap(), noon);
        assert_eq!(time("2024-08-08").unwrap().plus_micros(12 * 3_600_000_000), noon);
        for wrong in ["", "yesterday", "2024-13-08", "2024-08-08 12:00"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
