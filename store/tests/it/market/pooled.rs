//! Everything works through the real PgBouncer in transaction mode, where a connection is ours
//! only inside a transaction and prepared statements meet other clients' connections.

use domain::Time;
use domain::market::{Interval, TickKind};
use store::market::candles::{self, CandleQuery};
use store::market::ticks::{self, TickQuery};
use store::market::{holdings, symbols};
use testkit::PgBouncer;

use super::{partitions, symbol_id, tick, time, write_ticks};

#[tokio::test]
async fn writing_and_reading_survive_a_pool_of_two() {
    let fresh = testkit::migrated().await;
    let bouncer = PgBouncer::start(&fresh.database, 2).await;
    let db = fresh.pooled(bouncer.config());
    partitions(&db).await;
    write_ticks(&db, &[tick("2024-01-01T00:00:01Z", 0, "100", "1")]).await;
    let id = symbol_id(&db).await;
    let mut clients = Vec::new();
    for client in 0..24i64 {
        let db = fresh.pooled(bouncer.config());
        clients.push(tokio::spawn(async move {
            for round in 0..10 {
                let one = tick("2024-01-01T00:00:02Z", 1 + client * 10 + round, "100.5", "0.5");
                write_ticks(&db, &[one]).await;
                let held = holdings::of_symbol(&db, id).await.expect("holdings");
                assert!(held.iter().all(|h| h.row_count > 0));
                let query = CandleQuery {
                    symbol_id: id,
                    interval: Interval::M1,
                    origin: None,
                    from: Time::MIN,
                    to: time("2030-01-01T00:00:00Z"),
                    descending: round % 2 == 0,
                    limit: 10,
                };
                assert_eq!(candles::page(&db, &query).await.expect("candles").len(), 1);
            }
        }));
    }
    for client in clients {
        client.await.expect("no client fails");
    }
    let query = TickQuery {
        symbol_id: id,
        kind: TickKind::Trade,
        from: Time::MIN,
        to: time("2030-01-01T00:00:00Z"),
        descending: false,
        after: None,
        limit: 1_000,
    };
    assert_eq!(ticks::page(&db, &query).await.expect("ticks").len(), 241);
    symbols::refresh_summaries(&db).await.expect("a refresh");
    let symbol = symbols::get(&db, &super::name()).await.expect("a query").expect("the symbol");
    assert_eq!(symbol.summary.expect("a summary").volume_24h.expect("a volume").to_string(), "121");
}
