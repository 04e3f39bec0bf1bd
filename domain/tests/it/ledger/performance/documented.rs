//! docs/metrics.md lists what there is.

use domain::Time;
use domain::ledger::performance::freqtrade::{Account, Trades};
use domain::ledger::performance::{Metrics, Period, Returns};

const DOCUMENT: &str = include_str!("../../../../../docs/metrics.md");

#[test]
fn every_metric_is_documented_in_its_place() {
    let time = Time::from_micros(0).unwrap();
    let account = Account { starting_balance: "1".parse().unwrap(), start: time, end: time };
    let nothing = Returns::default();
    let metrics = Metrics::new(&Trades::new(&[], account), &nothing, Some(&nothing), Period::Daily);
    let named: Vec<&str> = metrics.list().iter().map(|(name, _)| *name).collect();
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.collect::<Vec<_>>(), named);
}
