//! What people prefer.

use domain::auth::{Preferences, Theme, Zone, check_notifications};
use domain::market::{Interval, SymbolName};
use serde_json::{Map, Value, json};
use store::StoreError;
use store::auth::{audit, preferences, users};
use uuid::Uuid;

use super::{AccountError, Accounts, Actor, about, change, differences};

/// A change of what somebody prefers; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct PreferencesChange {
    /// The page's colours.
    pub theme: Option<Theme>,
    /// What the chart shows first.
    pub default_symbol: Option<SymbolName>,
    /// With candles of this length.
    pub default_interval: Option<Interval>,
    /// In which times are shown.
    pub timezone: Option<Zone>,
    /// Of what they want to hear; it takes the place of all that was there.
    pub notifications: Option<Map<String, Value>>,
}

impl Accounts {
    /// What somebody prefers: the defaults, where they chose nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn preferences(&self, user: Uuid) -> Result<Preferences, AccountError> {
        Ok(preferences::read(&self.0.db, user).await?.unwrap_or_default())
    }

    /// Changes what somebody prefers, and tells all of it. What changes nothing leaves no trace.
    ///
    /// # Errors
    /// [`AccountError::Notifications`]; the database's.
    pub async fn change_preferences(
        &self,
        actor: &Actor,
        user: Uuid,
        wanted: PreferencesChange,
    ) -> Result<Preferences, AccountError> {
        if let Some(notifications) = &wanted.notifications {
            check_notifications(notifications)?;
        }
        let (wanted, now) = (&wanted, self.now());
        let entry = &about(self.entry(actor, "preferences.change"), user);
        let write = |tx| async move {
            users::hold(&tx, user).await?;
            let before = preferences::held(&tx, user).await?.unwrap_or_default();
            let after = wanted.clone().applied_to(before.clone());
            if after != before {
                preferences::write(&tx, user, &after, now).await?;
                let (mut was, mut is) = differences(told(&before), told(&after));
                if after.notifications != before.notifications {
                    was["notifications"] = names(&before);
                    is["notifications"] = names(&after);
                }
                audit::write(&tx, &change(entry.clone(), Some(was), Some(is))).await?;
            }
            Ok::<_, StoreError>(after)
        };
        Ok(self.0.db.run("auth.change_preferences", write).await?)
    }
}

impl PreferencesChange {
    fn applied_to(self, old: Preferences) -> Preferences {
        Preferences {
            theme: self.theme.unwrap_or(old.theme),
            default_symbol: self.default_symbol.unwrap_or(old.default_symbol),
            default_interval: self.default_interval.unwrap_or(old.default_interval),
            timezone: self.timezone.unwrap_or(old.timezone),
            notifications: self.notifications.unwrap_or(old.notifications),
        }
    }
}

/// What the record tells of preferences, but for the notifications.
fn told(preferences: &Preferences) -> Value {
    json!({
        "theme": preferences.theme.as_str(),
        "default_symbol": preferences.default_symbol.to_string(),
        "default_interval": preferences.default_interval.as_str(),
        "timezone": preferences.timezone.as_str(),
    })
}

/// What the record tells of notifications: addresses and tokens may be in them, and it outlives its
/// people.
fn names(preferences: &Preferences) -> Value {
    preferences.notifications.keys().cloned().collect()
}
