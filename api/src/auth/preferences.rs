//! `/v1/me/preferences`: how one wants to see the page.

use std::fmt::Display;

use app::auth::PreferencesChange;
use axum::Json;
use axum::extract::State;
use domain::auth::{Preferences, Theme};
use domain::market::{Interval, SymbolName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::Body;
use super::caller::Caller;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// What somebody prefers.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreferencesBody {
    /// dark, light, or system: what the reader's system has.
    #[schema(examples("dark"))]
    theme: &'static str,
    /// What the page opens with.
    #[schema(examples("binance:BTCUSDT"))]
    default_symbol: String,
    /// With candles of this length.
    #[schema(examples("1h"))]
    default_interval: &'static str,
    /// IANA name of the zone that times are shown in.
    #[schema(examples("Europe/Berlin"))]
    timezone: String,
    /// Of what they want to hear, in the form of whatever reads it.
    notifications: Map<String, Value>,
}

/// A change of preferences; what isn't there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreferencesChangeBody {
    /// dark, light, or system: what the reader's system has.
    #[serde(default)]
    #[schema(required = false, examples("dark"))]
    theme: Option<String>,
    /// What the page opens with, as venue:CODE; it need not be recorded.
    #[serde(default)]
    #[schema(required = false, examples("binance:BTCUSDT"))]
    default_symbol: Option<String>,
    /// With candles of this length.
    #[serde(default)]
    #[schema(required = false, examples("1h"))]
    default_interval: Option<String>,
    /// IANA name of the zone that times are shown in.
    #[serde(default)]
    #[schema(required = false, examples("Europe/Berlin"))]
    timezone: Option<String>,
    /// In the place of all that was there: 8,192 bytes as JSON and five levels at most.
    #[serde(default)]
    #[schema(required = false)]
    notifications: Option<Map<String, Value>>,
}

impl From<Preferences> for PreferencesBody {
    fn from(preferences: Preferences) -> Self {
        Self {
            theme: preferences.theme.as_str(),
            default_symbol: preferences.default_symbol.to_string(),
            default_interval: preferences.default_interval.as_str(),
            timezone: preferences.timezone.to_string(),
            notifications: preferences.notifications,
        }
    }
}

/// One's preferences
///
/// Whoever chose nothing has the defaults: dark, binance:BTCUSDT, 1h, UTC and no notifications.
#[utoipa::path(
    get,
    path = "/v1/me/preferences",
    tag = "auth",
    operation_id = "get_preferences",
    responses(
        (status = 200, description = "The preferences", body = PreferencesBody),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_preferences(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<PreferencesBody>, Problem> {
    Ok(Json(state.0.accounts.preferences(caller.known.user.id).await?.into()))
}

/// Change one's preferences
#[utoipa::path(
    patch,
    path = "/v1/me/preferences",
    tag = "auth",
    operation_id = "change_preferences",
    request_body = PreferencesChangeBody,
    responses(
        (status = 200, description = "All of the preferences", body = PreferencesBody),
        (status = 400, description = "invalid_body, invalid_preference, invalid_symbol or invalid_interval", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_preferences(
    State(state): State<ApiState>,
    caller: Caller,
    Body(wanted): Body<PreferencesChangeBody>,
) -> Result<Json<PreferencesBody>, Problem> {
    let change = read(wanted)?;
    let actor = caller.known.actor(&caller.origin);
    let changed = state.0.accounts.change_preferences(&actor, caller.known.user.id, change);
    Ok(Json(changed.await?.into()))
}

fn read(wanted: PreferencesChangeBody) -> Result<PreferencesChange, Problem> {
    let theme = |text: String| {
        let detail = "a theme is dark, light or system";
        Theme::parse(&text)
            .ok_or_else(|| Problem::new(Code::InvalidPreference, detail).about("theme"))
    };
    let zone = |text: String| text.parse().map_err(wrong(Code::InvalidPreference, "timezone"));
    let symbol = |text: String| {
        text.parse::<SymbolName>().map_err(wrong(Code::InvalidSymbol, "default_symbol"))
    };
    let interval = |text: String| {
        let text: String = text.chars().take(60).collect();
        text.parse::<Interval>().map_err(wrong(Code::InvalidInterval, "default_interval"))
    };
    Ok(PreferencesChange {
        theme: wanted.theme.map(theme).transpose()?,
        default_symbol: wanted.default_symbol.map(symbol).transpose()?,
        default_interval: wanted.default_interval.map(interval).transpose()?,
        timezone: wanted.timezone.map(zone).transpose()?,
        notifications: wanted.notifications,
    })
}

/// The problem of a field whose text is none of its kind.
pub(super) fn wrong<E: Display>(code: Code, field: &'static str) -> impl Fn(E) -> Problem {
    move |error| Problem::new(code, error.to_string()).about(field)
}
