//! `GET /v1/ledger/portfolio`: all that somebody has, in one currency.

use app::ledger::reports::{self, DEFAULT_CURRENCY};
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Amount;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::currency_of;
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// In what, and when.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct PortfolioParams {
    /// In what money is counted; without it USDT.
    #[param(example = "USDT")]
    currency: Option<String>,
    /// As it was recorded at this time: RFC 3339 or epoch milliseconds.
    as_of: Option<String>,
}

/// All that somebody has.
#[derive(Serialize, ToSchema)]
pub(crate) struct Portfolio {
    /// In what money is counted.
    currency: String,
    /// When.
    #[schema(format = DateTime)]
    time: String,
    /// All balances, and what open margin positions would win.
    #[schema(format = "decimal")]
    equity: String,
    /// What open positions would win.
    #[schema(format = "decimal")]
    unrealised_pnl: String,
    /// Profit realised since midnight (UTC), after fees and funding, by the time of the venue.
    #[schema(format = "decimal")]
    pnl_today: String,
    /// By asset, over all accounts.
    assets: Vec<AssetBody>,
    /// By account.
    accounts: Vec<AccountWorth>,
    /// By bot.
    bots: Vec<BotWorth>,
    /// By symbol, what open positions hold.
    exposure: Vec<Exposure>,
    /// What is not in the sums, because no stored price says what it is worth.
    unpriced: Vec<String>,
}

/// What there is of an asset.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssetBody {
    /// The asset.
    asset: String,
    /// What can be spent.
    #[schema(format = "decimal")]
    cash: String,
    /// What is held back for orders.
    #[schema(format = "decimal")]
    held: String,
    /// One of it in the currency; null where it isn't known, and where accounts have it at a replay's price and at another.
    #[schema(required, format = "decimal")]
    price: Option<String>,
    /// When that price was; the older of two where it is made of two.
    #[schema(required, format = DateTime)]
    price_time: Option<String>,
    /// cash + held in the currency.
    #[schema(required, format = "decimal")]
    value: Option<String>,
}

/// What an account is worth.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountWorth {
    /// Its number.
    account: Uuid,
    /// Its name.
    name: String,
    /// Its balances, and what its open margin positions would win.
    #[schema(format = "decimal")]
    equity: String,
    /// What its open positions would win.
    #[schema(format = "decimal")]
    unrealised_pnl: String,
    /// As above.
    #[schema(format = "decimal")]
    pnl_today: String,
    /// By asset.
    assets: Vec<AssetBody>,
}

/// What a bot won.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotWorth {
    /// Its number.
    bot: Uuid,
    /// Its name.
    name: String,
    /// Its venue account.
    account: Uuid,
    /// All its profit, after fees and funding.
    #[schema(format = "decimal")]
    realised_pnl: String,
    /// What its open positions would win.
    #[schema(format = "decimal")]
    unrealised_pnl: String,
    /// As above.
    #[schema(format = "decimal")]
    pnl_today: String,
    /// Its open positions.
    open_positions: u64,
}

/// What open positions hold of a symbol.
#[derive(Serialize, ToSchema)]
pub(crate) struct Exposure {
    /// venue:CODE.
    symbol: String,
    /// Units of base; long less short.
    #[schema(format = "decimal")]
    quantity: String,
    /// What they are worth in the currency, negative when short.
    #[schema(required, format = "decimal")]
    value: Option<String>,
    /// What they would win, in the currency.
    #[schema(required, format = "decimal")]
    unrealised_pnl: Option<String>,
}

/// All that one has, in one currency
///
/// Prices are the latest; with `as_of` the last by then. An asset is converted through a stored symbol of it and the
/// currency, either way round, or over one other asset.
#[utoipa::path(
    get,
    path = "/v1/ledger/portfolio",
    tag = "ledger",
    operation_id = "get_portfolio",
    params(PortfolioParams),
    responses(
        (status = 200, description = "The portfolio", body = Portfolio),
        (status = 400, description = "invalid_currency, invalid_time, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_much_history: more events since as_of than are put together at a time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_portfolio(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
) -> Result<Json<Portfolio>, Problem> {
    let params = Params::read(&uri, &["currency", "as_of"])?;
    let currency = currency_of(&params, "currency")?.unwrap_or_else(|| DEFAULT_CURRENCY.to_owned());
    let told = state.0.reports.portfolio(user, &currency, params.time("as_of")?).await?;
    Ok(Json(Portfolio::of(currency, told)))
}

impl Portfolio {
    fn of(currency: String, told: reports::Portfolio) -> Self {
        Self {
            currency,
            time: told.time.to_string(),
            equity: told.equity.to_string(),
            unrealised_pnl: told.unrealised.to_string(),
            pnl_today: told.today.to_string(),
            assets: told.assets.into_iter().map(AssetBody::from).collect(),
            accounts: told.accounts.into_iter().map(AccountWorth::from).collect(),
            bots: told.bots.into_iter().map(BotWorth::from).collect(),
            exposure: told.exposure.into_iter().map(Exposure::from).collect(),
            unpriced: told.unpriced,
        }
    }
}

impl From<reports::Asset> for AssetBody {
    fn from(told: reports::Asset) -> Self {
        Self {
            asset: told.asset,
            cash: told.cash.to_string(),
            held: told.held.to_string(),
            price: text(told.price),
            price_time: told.price_time.map(|time| time.to_string()),
            value: text(told.value),
        }
    }
}

impl From<reports::AccountWorth> for AccountWorth {
    fn from(told: reports::AccountWorth) -> Self {
        Self {
            account: told.account,
            name: told.name,
            equity: told.equity.to_string(),
            unrealised_pnl: told.unrealised.to_string(),
            pnl_today: told.today.to_string(),
            assets: told.assets.into_iter().map(AssetBody::from).collect(),
        }
    }
}

impl From<reports::BotWorth> for BotWorth {
    fn from(told: reports::BotWorth) -> Self {
        Self {
            bot: told.bot,
            name: told.name,
            account: told.account,
            realised_pnl: told.realised.to_string(),
            unrealised_pnl: told.unrealised.to_string(),
            pnl_today: told.today.to_string(),
            open_positions: told.open,
        }
    }
}

impl From<reports::Exposure> for Exposure {
    fn from(told: reports::Exposure) -> Self {
        Self {
            symbol: told.symbol,
            quantity: told.quantity.to_string(),
            value: text(told.value),
            unrealised_pnl: text(told.unrealised),
        }
    }
}

fn text(amount: Option<Amount>) -> Option<String> {
    amount.map(|amount| amount.to_string())
}
