//! What a paper account pays, and how its orders meet the market: for its owner to see and to change.

use domain::trading::AccountKind;
use domain::trading::paper::PaperSettings;
use serde_json::json;
use store::Tx;
use store::trading::{accounts, paper_settings};
use uuid::Uuid;

use crate::auth::Actor;
use crate::trading::{Thing, Trading, TradingError, note};

impl Trading {
    /// The settings of a paper account of somebody.
    ///
    /// # Errors
    /// [`TradingError::Unknown`], [`TradingError::NotPaper`]; the database's.
    pub async fn paper_settings(
        &self,
        user: Uuid,
        id: Uuid,
    ) -> Result<PaperSettings, TradingError> {
        let account = self.account(user, id).await?;
        is_paper(account.kind)?;
        Ok(paper_settings::read(&self.0.db, id).await?)
    }

    /// Gives a paper account of somebody other settings; orders that wait keep theirs. What changes nothing leaves no trace.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`], [`TradingError::NotPaper`], [`TradingError::Archived`]; the
    /// database's.
    pub async fn set_paper_settings(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
        settings: PaperSettings,
    ) -> Result<(), TradingError> {
        settings.check()?;
        let (entry, now) = (&self.entry(actor, "account.paper", id), self.now());
        let set = |tx: Tx| async move {
            let account = accounts::hold(&tx, user, id).await?;
            let account = account.ok_or(TradingError::Unknown(Thing::Account))?;
            is_paper(account.kind)?;
            if account.archived_at.is_some() {
                return Err(TradingError::Archived);
            }
            let before = paper_settings::of_paper(&tx, id).await?.unwrap_or_default();
            if before == settings {
                return Ok(());
            }
            note(&tx, entry, Some(json!(before)), Some(json!(settings))).await?;
            Ok(paper_settings::write(&tx, id, &settings, now).await?)
        };
        self.0.db.run("trading.set_paper_settings", set).await
    }
}

fn is_paper(kind: AccountKind) -> Result<(), TradingError> {
    if kind == AccountKind::Paper { Ok(()) } else { Err(TradingError::NotPaper) }
}
