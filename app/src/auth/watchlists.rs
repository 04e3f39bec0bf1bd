//! Lists of symbols that people watch.

use domain::auth::{Watchlist, check_watchlist};
use domain::market::SymbolName;
use serde_json::{Value, json};
use store::auth::watchlists::{self, Kept};
use store::auth::{audit, users};
use store::{StoreError, Tx};
use uuid::Uuid;

use super::{AccountError, Accounts, Actor, about, change, differences};

/// A person may have so many lists.
const MOST: i64 = 100;

/// A change of a list; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct WatchlistChange {
    /// What its owner calls it.
    pub name: Option<String>,
    /// All of its symbols.
    pub symbols: Option<Vec<SymbolName>>,
    /// Whether the page opens with it.
    pub is_default: Option<bool>,
}

impl Accounts {
    /// Somebody's lists, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn watchlists(&self, user: Uuid) -> Result<Vec<Kept>, AccountError> {
        Ok(watchlists::list(&self.0.db, user).await?)
    }

    /// A list of somebody.
    ///
    /// # Errors
    /// [`AccountError::UnknownWatchlist`]; the database's.
    pub async fn watchlist(&self, user: Uuid, id: Uuid) -> Result<Kept, AccountError> {
        watchlists::read(&self.0.db, user, id).await?.ok_or(AccountError::UnknownWatchlist)
    }

    /// Makes a list for somebody.
    ///
    /// # Errors
    /// [`AccountError::Watchlist`], [`AccountError::WatchlistTaken`],
    /// [`AccountError::TooManyWatchlists`]; the database's.
    pub async fn create_watchlist(
        &self,
        actor: &Actor,
        user: Uuid,
        list: Watchlist,
    ) -> Result<Kept, AccountError> {
        check_watchlist(&list)?;
        let now = self.now();
        let (id, list) = (self.0.random.id(now), &list);
        let entry = &about(self.entry(actor, "watchlist.create"), user);
        let create = |tx: Tx| async move {
            users::hold(&tx, user).await?;
            if watchlists::count(&tx, user).await? >= MOST {
                return Err(AccountError::TooManyWatchlists(MOST));
            }
            if watchlists::is_taken(&tx, user, id, &list.name).await? {
                return Err(AccountError::WatchlistTaken(list.name.clone()));
            }
            let made = watchlists::write(&tx, user, id, list, now).await?;
            audit::write(&tx, &change(entry.clone(), None, Some(told(&made)))).await?;
            Ok(made)
        };
        self.0.db.run("auth.create_watchlist", create).await
    }

    /// Changes a list of somebody, and tells what it is then. What changes nothing leaves no trace.
    ///
    /// # Errors
    /// [`AccountError::Watchlist`], [`AccountError::WatchlistTaken`],
    /// [`AccountError::UnknownWatchlist`]; the database's.
    pub async fn change_watchlist(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
        wanted: WatchlistChange,
    ) -> Result<Kept, AccountError> {
        let (wanted, now) = (&wanted, self.now());
        let entry = &about(self.entry(actor, "watchlist.change"), user);
        let write = |tx: Tx| async move {
            users::hold(&tx, user).await?;
            let before = watchlists::held(&tx, user, id).await?;
            let before = before.ok_or(AccountError::UnknownWatchlist)?;
            let list = wanted.clone().applied_to(before.list.clone());
            if list == before.list {
                return Ok(before);
            }
            check_watchlist(&list)?;
            if watchlists::is_taken(&tx, user, id, &list.name).await? {
                return Err(AccountError::WatchlistTaken(list.name));
            }
            let after = watchlists::write(&tx, user, id, &list, now).await?;
            let (was, is) = differences(told(&before), told(&after));
            audit::write(&tx, &change(entry.clone(), Some(was), Some(is))).await?;
            Ok(after)
        };
        self.0.db.run("auth.change_watchlist", write).await
    }

    /// Deletes a list of somebody.
    ///
    /// # Errors
    /// [`AccountError::UnknownWatchlist`]; the database's.
    pub async fn delete_watchlist(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
    ) -> Result<(), AccountError> {
        let entry = &about(self.entry(actor, "watchlist.delete"), user);
        let delete = |tx: Tx| async move {
            let gone = watchlists::delete(&tx, user, id).await?;
            if let Some(gone) = &gone {
                audit::write(&tx, &change(entry.clone(), Some(told(gone)), None)).await?;
            }
            Ok::<_, StoreError>(gone.is_some())
        };
        let deleted = self.0.db.run("auth.delete_watchlist", delete).await?;
        if deleted { Ok(()) } else { Err(AccountError::UnknownWatchlist) }
    }
}

impl WatchlistChange {
    fn applied_to(self, old: Watchlist) -> Watchlist {
        Watchlist {
            name: self.name.unwrap_or(old.name),
            symbols: self.symbols.unwrap_or(old.symbols),
            is_default: self.is_default.unwrap_or(old.is_default),
        }
    }
}

/// What the record tells of a list.
fn told(Kept { id, list, .. }: &Kept) -> Value {
    json!({
        "watchlist": id, "name": list.name, "is_default": list.is_default,
        "symbols": list.symbols.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
