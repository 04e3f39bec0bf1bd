//! What the venue reports. Each report is taken once: the cursor is written with what it came to.

use domain::ledger::OrderEvent;
use store::Tx;
use store::ledger::orders;
use store::trading::{paper_orders, sagas};
use tokio_util::sync::CancellationToken;

use super::steps::give_back;
use super::{BEAT, SagaError};
use crate::ledger::tell::{apply, load};
use crate::ledger::{Ledger, LedgerError};
use crate::trading::paper::{PaperReport, PaperVenue};

/// Reports that are read at a time.
const AT_ONCE: usize = 256;

impl Ledger {
    pub(super) async fn take_reports(&self, venue: &PaperVenue, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let taken = self.take_some(venue).await;
            let wait = async {
                match taken {
                    Ok(true) => {}
                    Ok(false) => venue.wait_for_reports().await,
                    Err(error) => {
                        tracing::warn!(%error, "the venue's reports can't be taken for the moment");
                        tokio::time::sleep(BEAT).await;
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = wait => {}
            }
        }
    }

    /// Whether there were any.
    async fn take_some(&self, venue: &PaperVenue) -> Result<bool, SagaError> {
        let after = sagas::cursor(&self.0.db).await?;
        let reports = venue.reports(after, AT_ONCE).await?;
        // Those of one order that follow one another are one commit. Two orders are not: whoever holds several waits
        // for others in a circle.
        for of_one in reports.chunk_by(|one, next| one.order == next.order) {
            self.take_together(of_one).await?;
            self.0.changed.notify_waiters();
        }
        Ok(!reports.is_empty())
    }

    async fn take_together(&self, reports: &[PaperReport]) -> Result<(), LedgerError> {
        let Some(last) = reports.last() else { return Ok(()) };
        let now = self.now();
        let work = |tx: Tx| async move {
            let seen = sagas::hold_cursor(&tx).await?;
            let known = orders::hold(&tx, last.order).await?.is_some();
            for report in reports.iter().filter(|report| report.seq > seen) {
                let taken = match known {
                    true => take_one(&tx, report, now).await,
                    false => Err(LedgerError::UnknownOrder),
                };
                match taken {
                    Err(error @ (LedgerError::Refused(_) | LedgerError::UnknownOrder)) => {
                        // The venue is wrong about its own order. The others must not wait for that.
                        let (order, seq) = (report.order, report.seq);
                        tracing::error!(%order, seq, %error, "a report of the paper venue is refused");
                        sagas::failed(&tx, order, &error.to_string(), None, now).await?;
                    }
                    taken => taken?,
                }
            }
            if last.seq > seen {
                sagas::set_cursor(&tx, last.seq).await?;
            }
            Ok(())
        };
        self.0.db.run("ledger.saga_settle", work).await
    }
}

async fn take_one(tx: &Tx, report: &PaperReport, now: domain::Time) -> Result<(), LedgerError> {
    let (mut order, mut tip) = load(tx, report.order).await?;
    if order.venue_order_id.is_none() {
        // The report has overtaken the answer, which whoever sent the order is still to write down, or never will.
        if let Some(answer) = paper_orders::answer(tx, report.order).await? {
            apply(tx, order, tip, answer, None, now).await?;
            (order, tip) = load(tx, report.order).await?;
        }
    }
    apply(tx, order, tip, report.event.clone(), None, now).await?;
    if matches!(report.event, OrderEvent::Amended { .. }) {
        give_back(tx, report.order, now).await?;
    }
    if load(tx, report.order).await?.0.status.is_final() {
        sagas::end(tx, report.order).await?;
    }
    Ok(())
}
