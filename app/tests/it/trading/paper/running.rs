//! The venue as it runs: it hears of commits, one process matches, and every process hears of reports.

use std::time::Duration;

use app::market::replay::{ReplayOptions, replay};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::*;

/// A process with its venue.
struct Process {
    venue: PaperVenue,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

fn process(db: &Db) -> Process {
    let (live, stop) = (Live::default(), CancellationToken::new());
    let venue = PaperVenue::new(db.clone(), Clock::system(), live.clone(), Segments::default());
    let hearing = tokio::spawn({
        let (db, stop) = (db.clone(), stop.clone());
        async move { live.run(&db, stop).await }
    });
    let matching = tokio::spawn(venue.clone().run(stop.clone()));
    Process { venue, stop, tasks: vec![hearing, matching] }
}

impl Process {
    async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.expect("it ends");
        }
    }

    /// Waits until so much was told.
    async fn hears(&self, count: usize) -> Vec<String> {
        for _ in 0..60 {
            let told = told(&self.venue).await;
            if told.len() >= count {
                return told;
            }
            self.venue.wait_for_reports().await;
        }
        panic!("{:?} after a minute, not {count}", told(&self.venue).await);
    }
}

#[tokio::test]
async fn another_process_goes_on_where_one_ends() {
    let world = world().await;
    world.plain().await;
    world.trade(&[tick(1, "100", "1")]).await;
    let (first, second) = (process(&world.fresh.db), process(&world.fresh.db));
    // Submitted in a third one.
    world.submit(1, limit(Side::Buy, "1", "99")).await;
    world.trade(&[tick(2, "98", "0.5")]).await;
    let told = ["1 99 x 0.5", "1 99 x 0.5"];
    assert_eq!(first.hears(1).await, told[..1]);
    assert_eq!(second.hears(1).await, told[..1]);
    first.end().await;
    world.trade(&[tick(3, "98", "7")]).await;
    assert_eq!(second.hears(2).await, told);
    second.end().await;
}

#[tokio::test]
async fn a_fill_comes_within_moments_of_its_trade() {
    let world = world().await;
    world.plain().await;
    world.trade(&[tick(1, "100", "1")]).await;
    let process = process(&world.fresh.db);
    let mut late = 0;
    for number in 2..12 {
        process.venue.submit(&order(number, limit(Side::Buy, "1", "99"))).await.expect("taken");
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.trade(&[tick(number as i64, "98", "5")]).await;
        let waiting = process.hears(number as usize - 1);
        // Without hearing of the commit it would be a second.
        late +=
            usize::from(tokio::time::timeout(Duration::from_millis(700), waiting).await.is_err());
    }
    assert!(late < 4, "{late} of 10 were late");
    process.end().await;
}

/// What comes of orders that wait when a recording is played.
async fn played() -> Vec<String> {
    let world = world().await;
    world.plain().await;
    let prices = ["100", "101", "99.5", "98", "97", "99", "103", "100.5", "96"];
    let at = |(at, price): (usize, &&str)| tick(at as i64, price, "0.4");
    world.trade(&prices.iter().enumerate().map(at).collect::<Vec<_>>()).await;

    let (name, source) = ("replay-binance:BTCUSDT".parse().expect("a symbol"), "binance");
    let name = &name;
    let make = |tx| async move { symbols::ensure(&tx, name, Some(source)).await };
    world.fresh.db.run("test", make).await.expect("a symbol to be played");
    let process = process(&world.fresh.db);
    let mut stop = terms(Side::Sell, OrderKind::TrailingStop, "1");
    stop.trail = Some(Trail::Distance(dec("2")));
    for (number, terms) in [limit(Side::Buy, "1", "98"), stop].into_iter().enumerate() {
        let terms = Terms { symbol: name.clone(), ..terms };
        process.venue.submit(&order(number as u128, terms)).await.expect("taken");
    }
    let options = ReplayOptions {
        symbol: world.symbol.name.clone(),
        speed: 10.0,
        from: None,
        to: None,
        looped: false,
        segments: Segments::default(),
    };
    let stop = CancellationToken::new();
    replay(&world.fresh.db, &Clock::system(), &options, &|_| {}, &stop).await.expect("played");
    let told = process.hears(5).await;
    process.end().await;
    told
}

#[tokio::test]
async fn a_recording_that_is_played_twice_fills_the_same() {
    let told = played().await;
    let due = ["1 triggered", "1 98 x 1", "0 98 x 0.4", "0 98 x 0.4", "0 98 x 0.2"];
    let mut sorted = told.clone();
    sorted.sort();
    let mut wanted = due.map(str::to_owned).to_vec();
    wanted.sort();
    assert_eq!(sorted, wanted);
    assert_eq!(played().await, told);
}
