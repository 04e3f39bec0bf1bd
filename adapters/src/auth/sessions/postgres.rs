//! Sessions in the database itself.

use domain::Time;
use domain::auth::TokenHash;
use futures_util::future::BoxFuture;
use store::auth::sessions::{self, Session};
use store::auth::users::User;
use store::{Db, StoreError, Tx};
use uuid::Uuid;

use super::{Change, Done, Sessions};

/// The table `auth.sessions`.
pub struct PostgresSessions(Db);

impl PostgresSessions {
    /// That of a database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(db)
    }
}

impl Sessions for PostgresSessions {
    fn find(&self, token: TokenHash, now: Time) -> Done<'_, Option<(User, Session)>> {
        Box::pin(async move { Ok(sessions::find(&self.0, token, now).await?) })
    }

    fn touch(&self, _: Uuid, id: Uuid, now: Time, expires_at: Time) -> Done<'_, ()> {
        Box::pin(async move { Ok(sessions::touch(&self.0, id, now, expires_at).await?) })
    }

    fn list(&self, user_id: Uuid, now: Time) -> Done<'_, Vec<Session>> {
        Box::pin(async move { Ok(sessions::list(&self.0, user_id, now).await?) })
    }

    fn join<'a>(&'a self, tx: &'a Tx, change: &'a Change) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            match change {
                Change::Begin { user_id, token, session } => {
                    sessions::insert(tx, *user_id, *token, session).await
                }
                Change::End { user_id, end } => {
                    sessions::end(tx, *user_id, end.which).await.map(drop)
                }
            }
        })
    }

    fn settle<'a>(&'a self, _: &'a Change) -> Done<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn are_elsewhere(&self) -> bool {
        false
    }

    fn sweep(&self, now: Time) -> Done<'_, u64> {
        Box::pin(async move { Ok(sessions::sweep(&self.0, now).await?) })
    }
}
