//! Writing where rows are sealed.

use std::sync::Arc;

use domain::market::Interval;

use super::super::take;
use super::{Market, everything, options};

#[tokio::test]
async fn what_is_written_among_sealed_rows_brings_them_back_first() {
    let (market, plain) = (Market::new().await, Market::new().await);
    market.seal_all().await;
    let late = "id,time,price,quantity,side\n9001,1702500000,5,1,buy\n9002,1702450001,900,2,sell\n";
    let path = market.folder.path().join("late.csv");
    std::fs::write(&path, late).expect("a file");
    let refused = take(market.db(), &path, &options(None)).await;
    assert!(refused.is_err(), "without a store nothing is written");
    market.db().unseal_with(Arc::new(market.segments.clone()));
    for one in [&market, &plain] {
        let report = take(one.db(), &path, &options(None)).await.expect("an import");
        assert_eq!(report.progress.rows_written, 2);
    }
    let corrected = "time,open,high,low,close,volume\n1701734400,7,9,6,8,3\n";
    let path = market.folder.path().join("corrected.csv");
    std::fs::write(&path, corrected).expect("a file");
    for one in [&market, &plain] {
        take(one.db(), &path, &options(Some(Interval::M1))).await.expect("an import");
    }
    let expected = everything(&plain.reader()).await;
    assert!(everything(&market.reader()).await == expected, "as if nothing had been sealed");
    market.seal_all().await;
    assert!(everything(&market.reader()).await == expected, "and sealed again");
}
