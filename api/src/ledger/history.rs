//! `GET /v1/ledger/fills`: what was traded of all one's orders.

use adapters::ledger::table::Column;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::Time;
use serde::Serialize;
use serde_json::Value;
use store::ledger::fills::{FillQuery, OwnFill};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::list::{self, Books};
use super::orders::{limit_of, number};
use super::{side_of, symbol_of};
use crate::accept::Format;
use crate::auth::caller::Owner;
use crate::market::model::Binary;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

pub(super) const PARAMETERS: &[&str] =
    &["account", "bot", "symbol", "side", "from", "to", "limit", "cursor"];
pub(super) const COLUMNS: &[Column] = &[
    Column::time("time"),
    Column::text("account"),
    Column::text("bot").or_none(),
    Column::text("order"),
    Column::text("client_order_id"),
    Column::text("venue_trade_id"),
    Column::text("symbol"),
    Column::text("side"),
    Column::decimal("price"),
    Column::decimal("quantity"),
    Column::decimal("quote"),
    Column::json("fees"),
    Column::text("liquidity"),
];

/// Which fills.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct FillParams {
    /// Of this venue account only.
    account: Option<Uuid>,
    /// Of this bot only.
    bot: Option<Uuid>,
    /// In this symbol only.
    #[param(example = "binance:BTCUSDT")]
    symbol: Option<String>,
    /// buy or sell only.
    #[param(example = "buy")]
    side: Option<String>,
    /// Happened from this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Happened before this time (exclusive).
    to: Option<String>,
    /// Most fills; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// Fills, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct FillPage {
    /// The fills.
    pub(super) fills: Vec<OwnFillBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    pub(super) next: Option<String>,
}

/// A trade of one's own order.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnFill)]
pub(crate) struct OwnFillBody {
    /// When the venue says it happened.
    #[schema(format = DateTime)]
    time: String,
    /// The venue account.
    account: Uuid,
    /// The bot.
    #[schema(required)]
    bot: Option<Uuid>,
    /// The order.
    order: Uuid,
    /// The order's name with whoever placed it.
    client_order_id: String,
    /// The venue's number.
    venue_trade_id: String,
    /// venue:CODE.
    symbol: String,
    /// buy or sell.
    side: String,
    /// Price of one unit of base, in quote.
    #[schema(format = "decimal")]
    price: String,
    /// Units of base.
    #[schema(format = "decimal")]
    quantity: String,
    /// Price × quantity.
    #[schema(format = "decimal")]
    quote: String,
    /// What it cost: a list of asset and amount.
    #[schema(value_type = Vec<super::fills::FeeBody>)]
    fees: Value,
    /// maker, taker or unknown.
    liquidity: String,
}

/// The trades of one's own orders
///
/// As JSON, or as CSV or Arrow with the next page's cursor in the header `X-Next-Cursor`.
#[utoipa::path(
    get,
    path = "/v1/ledger/fills",
    tag = "ledger",
    operation_id = "list_own_fills",
    params(FillParams),
    responses(
        (status = 200, description = "Fills", content((FillPage = "application/json"), (String = "text/csv"), (Binary = "application/vnd.apache.arrow.stream"))),
        (status = 400, description = "invalid_request, invalid_side, invalid_symbol, invalid_time, invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_own_fills(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let page = page(state.books(), user, &Params::read(&uri, PARAMETERS)?).await?;
    list::give(format, &page, COLUMNS, &page.fills, page.next.as_deref())
}

/// Somebody's fills.
pub(super) async fn page(
    books: Books<'_>,
    user: Uuid,
    params: &Params,
) -> Result<FillPage, Problem> {
    let limit = limit_of(params)?;
    let query = FillQuery {
        user,
        account: number(params, "account")?,
        bot: number(params, "bot")?,
        symbol: symbol_of(params)?,
        side: side_of(params)?,
        from: params.time("from")?,
        to: params.time("to")?,
        after: params.parsed("cursor", Code::InvalidCursor, place)?,
        // One more shows whether another page follows.
        limit: limit + 1,
    };
    let mut found = books.ledger.own_fills(&query).await?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let last = found.last().filter(|_| more);
    let next = last.map(|last| format!("{}.{}", last.filled_at.micros(), last.event));
    Ok(FillPage { fills: found.into_iter().map(OwnFillBody::from).collect(), next })
}

/// The time and event of the last one of a page.
fn place(cursor: &str) -> Result<(Time, i64), String> {
    let wrong = || "it is of another list".to_owned();
    let (micros, event) = cursor.split_once('.').ok_or_else(wrong)?;
    let (micros, event) = micros.parse().ok().zip(event.parse().ok()).ok_or_else(wrong)?;
    Ok((Time::from_micros(micros).map_err(|_| wrong())?, event))
}

impl From<OwnFill> for OwnFillBody {
    fn from(row: OwnFill) -> Self {
        Self {
            time: row.filled_at.to_string(),
            account: row.account,
            bot: row.bot,
            order: row.order,
            client_order_id: row.client_order_id,
            venue_trade_id: row.venue_trade_id,
            symbol: row.symbol,
            side: row.side,
            price: row.price.normalize().to_string(),
            quantity: row.quantity.normalize().to_string(),
            quote: row.quote.to_string(),
            fees: row.fees,
            liquidity: row.liquidity,
        }
    }
}
