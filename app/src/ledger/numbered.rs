//! Orders by whole numbers, for programs that know no others, and whether an order would be taken.

use domain::ledger::Hash;
use store::ledger::numbered::{self, Handle, NumberedFill, NumberedOrder, NumberedQuery};
use uuid::Uuid;

use super::place::{Facts, Wanted};
use super::{Ledger, LedgerError, NewOrder};

impl Ledger {
    /// An order of somebody's account.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`], [`LedgerError::UnknownOrder`]; the database's.
    pub async fn numbered_order(
        &self,
        user: Uuid,
        account: Uuid,
        handle: Handle<'_>,
    ) -> Result<NumberedOrder, LedgerError> {
        self.own(user, account).await?;
        let found = numbered::find(&self.0.db, account, handle).await?;
        found.ok_or(LedgerError::UnknownOrder)
    }

    /// Orders of somebody's account that may still trade, of one symbol or all, the oldest first.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`]; the database's.
    pub async fn open_orders(
        &self,
        user: Uuid,
        account: Uuid,
        symbol: Option<&str>,
    ) -> Result<Vec<NumberedOrder>, LedgerError> {
        self.own(user, account).await?;
        Ok(numbered::open(&self.0.db, account, symbol).await?)
    }

    /// Orders of somebody's account, the oldest first.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`]; the database's.
    pub async fn numbered_orders(
        &self,
        user: Uuid,
        query: &NumberedQuery,
    ) -> Result<Vec<NumberedOrder>, LedgerError> {
        self.own(user, query.account).await?;
        Ok(numbered::page(&self.0.db, query).await?)
    }

    /// Fills in somebody's account, the oldest first.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`]; the database's.
    pub async fn numbered_fills(
        &self,
        user: Uuid,
        query: &NumberedQuery,
    ) -> Result<Vec<NumberedFill>, LedgerError> {
        self.own(user, query.account).await?;
        Ok(numbered::fills(&self.0.db, query).await?)
    }

    /// The code by which somebody's order was rejected, if it was.
    ///
    /// # Errors
    /// [`LedgerError::UnknownOrder`]; the database's.
    pub async fn rejection(&self, user: Uuid, order: Uuid) -> Result<Option<String>, LedgerError> {
        self.order(user, order).await?;
        Ok(numbered::rejection(&self.0.db, order).await?)
    }

    /// Whether the rules would take an order now; nothing is written.
    ///
    /// # Errors
    /// Those of [`Ledger::place`].
    pub async fn check(&self, user: Uuid, order: NewOrder) -> Result<(), LedgerError> {
        let (id, request) = (Uuid::nil(), Hash::default());
        let wanted = &Wanted { user, id, order, request, key: None };
        let check = |tx| async move {
            Facts::of(&tx, std::slice::from_ref(wanted)).await?.begin(&tx, wanted).await.map(drop)
        };
        self.0.db.run("ledger.check", check).await
    }
}
