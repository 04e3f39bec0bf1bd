//! Readers beside those who seal and bring back.

use app::market::read::{Direction, PageRequest};
use app::market::segments::unseal::{together, unseal};
use domain::market::Interval;
use store::market::segments as catalogue;
use tokio_util::sync::CancellationToken;

use super::{Market, all_candles, first_difference, tick_pages};

#[tokio::test]
async fn readers_see_every_row_once_while_others_seal_and_unseal() {
    let market = Market::new().await;
    let expected =
        all_candles(&market.reader(), Interval::M1, PageRequest::default()).await.expect("rows");
    let ticks = tick_pages(&market.reader(), Direction::Ascending).await;
    let done = CancellationToken::new();
    let reads = async {
        let mut rounds = 0;
        while !done.is_cancelled() || rounds == 0 {
            let reader = market.reader();
            let now =
                all_candles(&reader, Interval::M1, PageRequest::default()).await.expect("rows");
            assert_eq!(first_difference(&now, &expected), None);
            assert!(tick_pages(&reader, Direction::Descending).await.len() == ticks.len());
            rounds += 1;
        }
        rounds
    };
    let moves = async {
        for _ in 0..3 {
            market.seal_all().await;
            let sealed = catalogue::all(market.db(), None).await.expect("the catalogue");
            let mut sealed = sealed;
            sealed.sort_by_key(together);
            for group in sealed.chunk_by(|one, other| together(one) == together(other)) {
                unseal(market.db(), &market.segments, group).await.expect("back");
            }
        }
        done.cancel();
    };
    let (rounds, ()) = tokio::join!(reads, moves);
    assert!(rounds > 1, "{rounds} rounds");
}
