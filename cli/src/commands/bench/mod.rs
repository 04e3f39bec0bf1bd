//! `chandlery bench`: how fast it is on this machine, always as a ratio to the plainest thing that
//! does the same work, taken side by side in one run.

mod auth;
mod http;
mod import;
mod ingest;
mod ledger;
mod listener;
mod load;
mod memory;
mod orders;
mod rebuild;
mod scratch;
mod server;
mod start;
mod streams;
mod venue;

use std::path::Path;

use anyhow::Result;

use crate::context::Context;

/// Measure import, live ingest, HTTP, streams, orders, the ledger and its rebuild, start and accounts on this machine
///
/// Every rate is compared with the plainest thing that does the same work, in the same run, because rates
/// alone say more about the machine than about the program. Nothing in the data folder is changed.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Import(import::Args),
    Ingest(ingest::Args),
    Http(http::Args),
    Streams(streams::Args),
    Orders(orders::Args),
    Ledger(ledger::Args),
    Rebuild(rebuild::Args),
    Start(start::Args),
    Auth(auth::Args),
}

impl Args {
    /// Whether it serves requests as `chandlery up` does, and so should log as that does.
    pub(crate) fn serves(&self) -> bool {
        matches!(self.what, What::Http(_) | What::Streams(_) | What::Orders(_) | What::Ledger(_))
    }
}

/// Measures; `config` is the settings file that `--config` named.
pub(crate) async fn run(args: Args, config: Option<&Path>, context: &Context) -> Result<()> {
    match args.what {
        What::Import(args) => import::run(args, context).await,
        What::Ingest(args) => ingest::run(args, context).await,
        What::Http(args) => http::run(args, context).await,
        What::Streams(args) => streams::run(args, context).await,
        What::Orders(args) => orders::run(args, context).await,
        What::Ledger(args) => ledger::run(args, context).await,
        What::Rebuild(args) => rebuild::run(args, context).await,
        What::Auth(args) => auth::run(args, context).await,
        What::Start(args) => start::run(args, config, context).await,
    }
}

/// The middle one, or the mean of the two in the middle; 0 of none.
fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    match (figures.len(), figures.len() / 2) {
        (0, _) => 0.0,
        (odd, middle) if odd % 2 == 1 => figures[middle],
        (_, middle) => f64::midpoint(figures[middle - 1], figures[middle]),
    }
}

/// To three places, which is more than a measurement is worth.
fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        for (figures, middle) in
            [(vec![], 0.0), (vec![3.0], 3.0), (vec![9.0, 1.0, 2.0], 2.0), (vec![4.0, 1.0], 2.5)]
        {
            assert!((median(figures) - middle).abs() < 1e-9);
        }
    }
}
