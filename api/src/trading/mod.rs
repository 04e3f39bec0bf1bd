//! Venue accounts, strategies and bots. Each endpoint is about the caller's own: other people's aren't found by it.

mod accounts;
mod bots;
mod cache;
mod commands;
pub(crate) mod compat;
mod heartbeats;
mod hooks;
mod links;
mod model;
mod paper;
mod problem;
mod sagas;
mod signing;
mod strategies;
mod templates;
mod versions;
mod webhooks;

use app::trading::{Thing, TradingError};
use serde_json::{Map, Value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::auth::caller::Owner;
use crate::params::Params;
use crate::problem::{Code, Problem};
use crate::state::ApiState;

/// The endpoints of this area.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(accounts::list_accounts, accounts::create_account))
        .routes(routes!(accounts::get_account, accounts::change_account))
        .routes(routes!(accounts::archive_account))
        .routes(routes!(paper::get_paper_settings, paper::set_paper_settings))
        .routes(routes!(signing::list_signing_keys, signing::create_signing_key))
        .routes(routes!(signing::revoke_signing_key))
        .routes(routes!(strategies::list_strategies, strategies::create_strategy))
        .routes(routes!(strategies::get_strategy, strategies::delete_strategy))
        .routes(routes!(versions::list_versions, versions::create_version))
        .routes(routes!(versions::get_version))
        .routes(routes!(links::link_account, links::unlink_account))
        .routes(routes!(templates::list_templates, templates::create_template))
        .routes(routes!(
            templates::get_template,
            templates::change_template,
            templates::delete_template
        ))
        .routes(routes!(bots::list_bots, bots::create_bot))
        .routes(routes!(bots::get_bot, bots::change_bot, bots::delete_bot))
        .routes(routes!(commands::start_bot))
        .routes(routes!(commands::stop_bot))
        .routes(routes!(commands::pause_bot))
        .routes(routes!(heartbeats::send_heartbeat))
        .routes(routes!(heartbeats::list_heartbeats))
        .routes(routes!(heartbeats::get_bot_status))
        .routes(routes!(webhooks::list_webhooks, webhooks::create_webhook))
        .routes(routes!(webhooks::change_webhook, webhooks::delete_webhook))
        .routes(routes!(webhooks::rotate_webhook))
        .routes(routes!(webhooks::list_alerts))
        .routes(routes!(webhooks::retry_alert))
        .routes(routes!(hooks::send_alert))
        .routes(routes!(cache::get_value, cache::set_value, cache::forget_value))
        .routes(routes!(sagas::list_sagas))
}

/// Things on a page without a limit, and the most.
const PAGE: (i64, i64) = (100, 1_000);

/// What is no number is nobody's.
fn number(thing: Thing, id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| TradingError::Unknown(thing).into())
}

/// Whose things are asked for: the caller's own, or those of `user`, which only administrators name.
fn whose(owner: &Owner, params: &Params) -> Result<Uuid, Problem> {
    let not_of_a_person =
        |text: &str| text.parse().map_err(|_| format!("{text:?} is no person's number"));
    match params.parsed("user", Code::InvalidUser, not_of_a_person)? {
        Some(user) if user != owner.user && !owner.is_admin => {
            let detail = "other people's things are listed for administrators who are logged in";
            Err(Problem::new(Code::Forbidden, detail).about("user"))
        }
        user => Ok(user.unwrap_or(owner.user)),
    }
}

/// Most things on a page.
fn limit(params: &Params) -> Result<i64, Problem> {
    let (usual, most) = PAGE;
    let limit = params.parsed("limit", Code::InvalidLimit, |text| {
        let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
        limit.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {most}"))
    })?;
    Ok(limit.unwrap_or(usual))
}

/// What a page went on from.
fn cursor<T: std::str::FromStr>(params: &Params) -> Result<Option<T>, Problem> {
    params.parsed("cursor", Code::InvalidCursor, |text| {
        text.parse().map_err(|_| "pass `next` of the page before")
    })
}

/// Cuts what was found, one more than the page has, to the page; tells whether another one follows.
fn page<T>(found: &mut Vec<T>, limit: i64) -> bool {
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    more
}

/// An object that may be left out.
fn object(fields: Option<Map<String, Value>>) -> Value {
    Value::Object(fields.unwrap_or_default())
}
