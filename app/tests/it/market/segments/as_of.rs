//! What was known at a time is told of sealed candles as it was of rows.

use std::sync::Arc;

use app::market::read::{Direction, MarketReader, PageRequest};
use app::market::segments::unseal::{together, unseal};
use domain::Time;
use domain::market::{Candle, Interval, Origin, TimeRange};
use store::market::segments::{self as catalogue, Series};

use super::super::take;
use super::{Market, all_candles, at, candle_pages, first_difference, options, page};

/// Rows of other origins with other volumes, each row written at some moment of June 2024, a third of
/// them corrected then after they had said something else, and some of those twice.
const RANDOM_TIMES: &str = "
SELECT setseed(0.25);
INSERT INTO market.candles
    (symbol_id, interval, open_time, origin, open, high, low, close, volume,
     first_time, first_seq, first_id, last_time, last_seq, last_id)
SELECT symbol_id, interval, open_time, o.origin, open, high, low, close,
       round((volume * (0.5 + random()))::numeric, 7), open_time, 0, 1, open_time, 0, 2
FROM market.candles c, (VALUES ('rollup-5m'), ('agg_trades')) AS o (origin)
WHERE c.origin IN ('venue', 'rollup-1m') AND random() < 0.5;
INSERT INTO market.holdings (symbol_id, interval, origin, first_time, last_time, row_count)
SELECT symbol_id, interval, origin, min(open_time), max(open_time), count(*)
FROM market.candles WHERE origin IN ('rollup-5m', 'agg_trades') GROUP BY 1, 2, 3;
DELETE FROM market.candles WHERE origin = 'venue' AND random() < 0.2;
UPDATE market.candles SET updated_at = '2024-06-01Z'::timestamptz + random() * INTERVAL '30 days';
INSERT INTO market.candle_revisions
    (symbol_id, interval, open_time, origin, valid_from, valid_to, open, high, low, close, volume)
SELECT symbol_id, interval, open_time, origin, updated_at - (0.1 + random()) * INTERVAL '9 days',
       updated_at, open, 5001, low, close, round((volume * (0.5 + random()))::numeric, 7)
FROM market.candles WHERE random() < 0.33;
INSERT INTO market.candle_revisions
    (symbol_id, interval, open_time, origin, valid_from, valid_to, open, high, low, close, volume)
SELECT symbol_id, interval, open_time, origin, valid_from - INTERVAL '2 days', valid_from, open, 5002, low, close, volume
FROM market.candle_revisions WHERE random() < 0.5";

const MOMENTS: [&str; 5] = [
    "2024-05-25T00:00:00Z",
    "2024-06-05T12:00:00Z",
    "2024-06-15T12:00:00Z",
    "2024-06-25T12:00:00Z",
    "2100-01-01T00:00:00Z",
];

/// What was known at every moment, by every way of reading.
async fn known(reader: &MarketReader) -> Vec<Vec<Candle>> {
    let mut all = Vec::new();
    for as_of in MOMENTS.map(|moment| Some(at(moment))) {
        for interval in [Interval::M1, Interval::H1, Interval::D1] {
            let origins =
                [Origin::Venue, Origin::Rollup(Interval::M5), Origin::Trades, Origin::AggTrades];
            for origin in origins.map(Some).into_iter().chain([None]) {
                for direction in [Direction::Ascending, Direction::Descending] {
                    let page = PageRequest { as_of, ..page(direction, 211, None) };
                    all.push(candle_pages(reader, interval, origin, page).await);
                }
            }
            let range = PageRequest {
                from: Some(at("2023-12-13T11:30:00Z")),
                to: Some(at("2024-02-03T00:00:00Z")),
                as_of,
                ..PageRequest::default()
            };
            all.push(all_candles(reader, interval, range).await.expect("a range"));
        }
        let by_twos = PageRequest { as_of, ..page(Direction::Descending, 2, None) };
        all.push(candle_pages(reader, Interval::D1, None, by_twos).await);
    }
    all
}

fn same(now: &[Vec<Candle>], before: &[Vec<Candle>]) {
    assert_eq!(now.len(), before.len());
    for (at, (now, before)) in now.iter().zip(before).enumerate() {
        assert_eq!(first_difference(now, before), None, "answer {at}");
    }
}

#[tokio::test]
async fn what_was_known_is_told_the_same_before_sealing_and_after() {
    let market = Market::new().await;
    market.db().run("test", |tx| async move { tx.batch(RANDOM_TIMES).await }).await.expect("times");
    let before = known(&market.reader()).await;
    let corrected = |high: i64| {
        let candles = before.iter().flatten();
        candles.filter(|candle| candle.high == high.into()).count()
    };
    assert!(corrected(5_001) > 1_000 && corrected(5_002) > 500, "what was corrected is told");
    // Of each moment's answers the first is that of all minutes of the venue.
    let firsts: Vec<usize> = before.chunks(before.len() / 5).map(|of| of[0].len()).collect();
    assert!(firsts.is_sorted() && firsts[0] * 4 < firsts[4], "more and more is known: {firsts:?}");

    let rows = market.rows_in_tables().await;
    market.seal_all().await;
    assert!(market.rows_in_tables().await < rows / 2, "most of it is sealed");
    same(&known(&market.reader()).await, &before);

    // Rows between segments, of which some are corrected anew.
    let sealed = catalogue::all(market.db(), None).await.expect("the catalogue");
    let mut january: Vec<_> = sealed
        .into_iter()
        .filter(|segment| matches!(segment.series, Series::Candles(_)))
        .filter(|segment| segment.range.from == at("2024-01-01T00:00:00Z"))
        .collect();
    january.sort_by_key(together);
    assert!(january.len() > 10);
    for group in january.chunk_by(|one, other| together(one) == together(other)) {
        unseal(market.db(), &market.segments, group).await.expect("back");
    }
    same(&known(&market.reader()).await, &before);
}

#[tokio::test]
async fn what_a_sealed_candle_said_before_it_was_corrected_is_known() {
    let market = Market::new().await;
    market.db().unseal_with(Arc::new(market.segments.clone()));
    let december = TimeRange { from: at("2023-12-05T00:00:00Z"), to: at("2023-12-06T00:00:00Z") };
    let of_then = |as_of: Time| {
        let (market, range) = (&market, december);
        async move {
            let (from, to) = (Some(range.from), Some(range.to));
            let range = PageRequest { from, to, as_of: Some(as_of), ..PageRequest::default() };
            all_candles(&market.reader(), Interval::M1, range).await.expect("candles")
        }
    };
    let now = || async {
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        let rows = market.db().query("test", sql, &[]).await.expect("a time");
        Time::from_micros(rows[0].get(0)).expect("in range")
    };
    market.seal_all().await;
    let first = now().await;
    let before = of_then(first).await;
    let path = market.folder.path().join("corrected.csv");
    // The first candle, and one two minutes behind it, where none is.
    let open_time = before[0].open_time.micros() / 1_000_000;
    let rows = format!("{open_time},7,9,6,8,3\n{},7,9,6,8,3\n", open_time + 120);
    std::fs::write(&path, format!("time,open,high,low,close,volume\n{rows}")).expect("a file");
    take(market.db(), &path, &options(Some(Interval::M1))).await.expect("an import");
    let second = now().await;
    let after = of_then(second).await;
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after[0].high, 9.into());
    assert_eq!(of_then(first).await, before);
    market.seal_all().await;
    assert_eq!(of_then(first).await, before, "sealed again");
    assert_eq!(of_then(second).await, after, "sealed again");
}
