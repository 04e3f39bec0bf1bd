//! Events of a range, parsed, page by page and ahead of whoever folds them.

use domain::ledger::{AccountEvent, Event, OrderEvent};
use store::Db;
use store::ledger::events::{StoredEvent, StreamKind};
use store::ledger::rebuild as tables;
use tokio::sync::mpsc;

use crate::ledger::LedgerError;

/// Pages that wait.
const AHEAD: usize = 4;

/// An event with how it is kept, or what is wrong with it.
pub(super) struct Parsed {
    pub(super) stored: StoredEvent,
    pub(super) event: Result<Event, LedgerError>,
}

/// The pages of so many events past one position up to another; it ends with the first failure.
pub(super) fn pages(
    db: Db,
    (mut last, to): (i64, i64),
    most: i64,
) -> mpsc::Receiver<Result<Vec<Parsed>, LedgerError>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        loop {
            let page = match tables::page(&db, (last, to), most).await {
                Ok(page) => page,
                Err(error) => {
                    // Nobody may be listening any more; so below.
                    let _ = sender.send(Err(error.into())).await;
                    return;
                }
            };
            let Some(end) = page.last() else { return };
            last = end.position;
            let parsed = tokio::task::spawn_blocking(|| page.into_iter().map(parse).collect());
            let page = parsed.await.map_err(|_| LedgerError::Lost);
            let failed = page.is_err();
            if sender.send(page).await.is_err() || failed {
                return;
            }
        }
    });
    receiver
}

/// An event as it was stored.
pub(super) fn parse(stored: StoredEvent) -> Parsed {
    let stream = stored.stream;
    let event = match stored.of {
        StreamKind::Order => {
            stored.read::<OrderEvent>().map(|event| Event::Order { order: stream, event })
        }
        StreamKind::Account => {
            stored.read::<AccountEvent>().map(|event| Event::Account { account: stream, event })
        }
    };
    let event = event.map_err(|error| damaged(stored.position, error));
    Parsed { stored, event }
}

/// What can't be an event of the record.
pub(super) fn damaged(position: i64, what: impl ToString) -> LedgerError {
    LedgerError::Damaged { position, what: what.to_string() }
}
