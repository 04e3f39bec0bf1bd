//! `/v1/ledger/accounts/{id}/…`: what a venue account has, and what happens to it besides orders.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use domain::ledger::AccountEvent;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::checked_key;
use super::model::{amount, time};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::params::{Params, symbol};
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// What happened to an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntryBody {
    /// Your name of it, once in an account: told again with the same content it changes nothing.
    #[schema(examples("deposit-1"))]
    id: String,
    /// deposited, withdrawn or funding_paid.
    kind: EntryKind,
    /// Of which asset.
    #[schema(examples("USDT"))]
    asset: String,
    /// How much; of funding negative where it was paid.
    #[schema(examples("1000"))]
    amount: String,
    /// When the venue says it happened: RFC 3339.
    #[schema(examples("2026-01-05T10:00:00Z"))]
    time: String,
    /// For funding: the position's symbol.
    #[serde(default)]
    #[schema(required = false, examples("binance:BTCUSDT"))]
    symbol: Option<String>,
    /// For funding: the position's bot.
    #[serde(default)]
    #[schema(required = false)]
    bot: Option<Uuid>,
}

/// What can happen to an account.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntryKind {
    /// It came from outside.
    Deposited,
    /// It went outside.
    Withdrawn,
    /// A margin position received funding, or paid it.
    FundingPaid,
}

/// What an account has.
#[derive(Serialize, ToSchema)]
pub(crate) struct BalanceList {
    /// By asset.
    balances: Vec<BalanceBody>,
}

/// What an account has of an asset.
#[derive(Serialize, ToSchema)]
pub(crate) struct BalanceBody {
    /// The asset.
    asset: String,
    /// What can be spent.
    #[schema(format = "decimal")]
    cash: String,
    /// What is held back for orders.
    #[schema(format = "decimal")]
    held: String,
}

/// Tell what happened to an account
#[utoipa::path(
    post,
    path = "/v1/ledger/accounts/{id}/entries",
    tag = "ledger",
    operation_id = "report_entry",
    params(("id" = Uuid, Path, description = "The venue account's number")),
    request_body = EntryBody,
    responses(
        (status = 204, description = "It is written down"),
        (status = 400, description = "invalid_body, invalid_symbol, missing_field, bad_asset, not_positive, too_large or funding_asset", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "key_reused, no_position, account_archived, or insufficient_funds (of a paper account)", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn report_entry(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(account): Path<Uuid>,
    Body(body): Body<EntryBody>,
) -> Result<StatusCode, Problem> {
    let key = checked_key(&body.id)?.to_owned();
    let (asset, amount) = (body.asset, amount("amount", &body.amount)?);
    let time = time("time", &body.time)?;
    let event = match body.kind {
        EntryKind::Deposited => AccountEvent::Deposited { asset, amount, time },
        EntryKind::Withdrawn => AccountEvent::Withdrawn { asset, amount, time },
        EntryKind::FundingPaid => {
            let missing = || super::model::wrong("symbol", "is missing; funding is of a position");
            let symbol = symbol(&body.symbol.ok_or_else(missing)?)?;
            AccountEvent::FundingPaid { bot: body.bot, symbol, asset, amount, time }
        }
    };
    state.0.ledger.tell_account(user, account, event, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an account has
#[utoipa::path(
    get,
    path = "/v1/ledger/accounts/{id}/balances",
    tag = "ledger",
    operation_id = "list_balances",
    params(
        ("id" = Uuid, Path, description = "The venue account's number"),
        ("as_of" = Option<String>, Query, description = "As they were recorded at this time: RFC 3339 or epoch milliseconds"),
    ),
    responses(
        (status = 200, description = "By asset", body = BalanceList),
        (status = 409, description = "too_much_history: more events since as_of than are put together at a time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 400, description = "invalid_request (not a number), invalid_time, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_balances(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(account): Path<Uuid>,
    uri: Uri,
) -> Result<Json<BalanceList>, Problem> {
    let balances = match Params::read(&uri, &["as_of"])?.time("as_of")? {
        Some(at) => state.0.reports.balances_at(user, account, at).await?,
        None => state.0.ledger.balances(user, account).await?,
    };
    let told = balances.into_iter().map(|balance| BalanceBody {
        asset: balance.asset,
        cash: balance.cash.to_string(),
        held: balance.held.to_string(),
    });
    Ok(Json(BalanceList { balances: told.collect() }))
}
