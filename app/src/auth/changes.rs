//! Hearing of rights, sessions and keys that end, in whatever process: what is held in memory of
//! them is dropped at once.

use std::sync::atomic::Ordering;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Accounts;
use crate::listen::{Heard, listen};

impl Accounts {
    /// Listens until `stop`. While the connection is lost, what memory holds is believed for
    /// seconds all the same.
    pub async fn hear_changes(&self, stop: &CancellationToken) {
        listen(&self.0.db, store::auth::LISTEN, stop, |heard| match heard {
            Heard::Connected => self.forget(None),
            Heard::Notice(user) => self.forget(user.parse().ok()),
            Heard::Lost => {}
        })
        .await;
    }

    /// The people whose rights, sessions or keys change from now on; `None` may be anybody.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Option<Uuid>> {
        self.0.changes.subscribe()
    }

    /// Drops what memory holds, and tells whoever serves these people for longer than a request.
    pub(super) fn forget(&self, user: Option<Uuid>) {
        self.0.epoch.fetch_add(1, Ordering::SeqCst);
        self.0.held.invalidate_all();
        self.0.held_keys.invalidate_all();
        self.0.held_tokens.invalidate_all();
        // Nobody listening is no error: there are no streams then.
        let _ = self.0.changes.send(user);
    }
}
