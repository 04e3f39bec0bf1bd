//! `/v1/trading/accounts/{id}/paper`: what a paper account pays, and how its orders meet the market.

use app::trading::{Thing, TradingError};
use axum::Json;
use axum::extract::State;
use domain::trading::TradingRule;
use domain::trading::paper::{FeeAsset, PaperSettings, Queue, Slippage};
use domain::{Decimal, parse_decimal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::number;
use super::problem::{invalid, named};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const FEE_ASSETS: &[FeeAsset] = &[FeeAsset::Quote, FeeAsset::Received];

/// What a taker loses against the last trade's price.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SlippageBody {
    /// The same part of the price, whatever is traded.
    Fixed {
        /// Hundredths of a percent, 0 to 5000.
        #[schema(examples("5"))]
        bps: String,
    },
    /// impact × share² of the price, where share is the order's part of the volume of the last minute.
    VolumeShare {
        /// The part of the price that all of the volume would cost, 0 to 100.
        #[schema(examples("0.1"))]
        impact: String,
        /// The most that is taken at once as a part of the volume, up to 1.
        #[schema(examples("0.25"))]
        limit: String,
    },
}

/// How much stands before an order that begins to wait, at its price.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum QueueBody {
    /// A part of the volume of the last minute.
    Share {
        /// That part, 0 to 1000; 1 is all of it.
        #[schema(examples("0.1"))]
        share: String,
    },
    /// As much as an amount of quote buys at that price.
    Quote {
        /// The amount.
        #[schema(examples("10000"))]
        amount: String,
    },
}

/// Settings of a paper account.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaperSettingsBody {
    /// Part of the value that a maker pays, -0.01 to 0.1; below zero it is a rebate.
    #[schema(examples("0.001"))]
    maker_fee: String,
    /// Part of the value that a taker pays, -0.01 to 0.1.
    #[schema(examples("0.001"))]
    taker_fee: String,
    /// quote, or received: of spot in what comes in.
    #[schema(examples("quote"))]
    fee_asset: String,
    /// What a taker loses.
    slippage: SlippageBody,
    /// What a maker waits for.
    queue: QueueBody,
}

impl From<PaperSettings> for PaperSettingsBody {
    fn from(settings: PaperSettings) -> Self {
        let text = |value: Decimal| value.normalize().to_string();
        Self {
            maker_fee: text(settings.maker_fee),
            taker_fee: text(settings.taker_fee),
            fee_asset: settings.fee_asset.as_str().to_owned(),
            slippage: match settings.slippage {
                Slippage::Fixed { bps } => SlippageBody::Fixed { bps: text(bps) },
                Slippage::VolumeShare { impact, limit } => {
                    SlippageBody::VolumeShare { impact: text(impact), limit: text(limit) }
                }
            },
            queue: match settings.queue {
                Queue::Share { share } => QueueBody::Share { share: text(share) },
                Queue::Quote { amount } => QueueBody::Quote { amount: text(amount) },
            },
        }
    }
}

impl PaperSettingsBody {
    fn read(&self) -> Result<PaperSettings, TradingError> {
        let parse = |text: &str| FEE_ASSETS.iter().copied().find(|asset| asset.as_str() == text);
        Ok(PaperSettings {
            maker_fee: decimal("maker_fee", &self.maker_fee)?,
            taker_fee: decimal("taker_fee", &self.taker_fee)?,
            fee_asset: named("fee_asset", &self.fee_asset, parse, FEE_ASSETS, FeeAsset::as_str)?,
            slippage: match &self.slippage {
                SlippageBody::Fixed { bps } => {
                    Slippage::Fixed { bps: decimal("slippage.bps", bps)? }
                }
                SlippageBody::VolumeShare { impact, limit } => Slippage::VolumeShare {
                    impact: decimal("slippage.impact", impact)?,
                    limit: decimal("slippage.limit", limit)?,
                },
            },
            queue: match &self.queue {
                QueueBody::Share { share } => {
                    Queue::Share { share: decimal("queue.share", share)? }
                }
                QueueBody::Quote { amount } => {
                    Queue::Quote { amount: decimal("queue.amount", amount)? }
                }
            },
        })
    }
}

fn decimal(field: &'static str, text: &str) -> Result<Decimal, TradingError> {
    parse_decimal(text).map_err(|_| {
        let (given, known) = (text.chars().take(60).collect(), "decimal numbers".to_owned());
        TradingRule::Unknown { field, given, known }.into()
    })
}

/// The settings of a paper account
#[utoipa::path(
    get,
    path = "/v1/trading/accounts/{id}/paper",
    tag = "trading",
    operation_id = "get_paper_settings",
    params(("id" = Uuid, Path, description = "The account's number")),
    responses(
        (status = 200, description = "The settings", body = PaperSettingsBody),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "account_not_paper", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_paper_settings(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<PaperSettingsBody>, Problem> {
    let id = number(Thing::Account, &id)?;
    Ok(Json(state.0.trading.paper_settings(owner.user, id).await?.into()))
}

/// Set what a paper account pays, and how its orders meet the market
///
/// Orders that wait keep the settings that they came under.
#[utoipa::path(
    put,
    path = "/v1/trading/accounts/{id}/paper",
    tag = "trading",
    operation_id = "set_paper_settings",
    params(("id" = Uuid, Path, description = "The account's number")),
    request_body = PaperSettingsBody,
    responses(
        (status = 200, description = "The settings as they are now", body = PaperSettingsBody),
        (status = 400, description = "invalid_body or invalid_paper_settings", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "account_not_paper or account_archived", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn set_paper_settings(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
    Body(wanted): Body<PaperSettingsBody>,
) -> Result<Json<PaperSettingsBody>, Problem> {
    let wrong = invalid(Code::InvalidPaperSettings);
    let id = number(Thing::Account, &id)?;
    let settings = wanted.read().map_err(&wrong)?;
    let trading = &state.0.trading;
    trading.set_paper_settings(&owner.actor, owner.user, id, settings).await.map_err(wrong)?;
    Ok(Json(settings.into()))
}
