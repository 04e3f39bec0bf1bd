//! `/v1/ledger/orders`: placing and listing.

use adapters::ledger::table::Column;
use app::ledger::NewOrder;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use domain::Time;
use serde::Serialize;
use store::ledger::orders::OrderQuery;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::list::{self, Books};
use super::model::{NewOrderBody, OrderBody};
use super::trips::end;
use super::{key_of, one_of, side_of, symbol_of, text_of};
use crate::accept::Format;
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::market::model::Binary;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

pub(super) const PARAMETERS: &[&str] = &[
    "account",
    "bot",
    "symbol",
    "side",
    "kind",
    "status",
    "strategy",
    "client_order_id",
    "from",
    "to",
    "as_of",
    "limit",
    "cursor",
];
pub(super) const COLUMNS: &[Column] = &[
    Column::text("id"),
    Column::text("account"),
    Column::text("bot").or_none(),
    Column::text("client_order_id"),
    Column::text("venue_order_id").or_none(),
    Column::text("symbol"),
    Column::text("mode"),
    Column::text("side"),
    Column::text("kind"),
    Column::text("status"),
    Column::decimal("quantity").or_none(),
    Column::decimal("quote_quantity").or_none(),
    Column::decimal("limit_price").or_none(),
    Column::decimal("stop_price").or_none(),
    Column::decimal("filled"),
    Column::decimal("filled_quote"),
    Column::text("strategy").or_none(),
    Column::json("exchange_metadata"),
    Column::whole("version"),
    Column::time("placed_at"),
    Column::time("updated_at"),
    Column::decimal("trail_distance").or_none(),
    Column::decimal("trail_percent").or_none(),
    Column::text("time_in_force").or_none(),
    Column::truth("reduce_only").or_none(),
    Column::decimal("leverage").or_none(),
    Column::text("entry_logic").or_none(),
    Column::text("exit_logic").or_none(),
    Column::text("interval").or_none(),
    Column::text("exit_reason").or_none(),
    Column::text("reject_code").or_none(),
    Column::text("reason").or_none(),
];
const STATES: &[&str] = &[
    "new",
    "submitted",
    "open",
    "partially_filled",
    "filled",
    "cancel_requested",
    "cancelled",
    "rejected",
    "expired",
];
const KINDS: &[&str] = &["market", "limit", "stop", "stop_limit", "trailing_stop"];
const DEFAULT: i64 = 100;
const MOST: i64 = 1_000;

/// Which orders.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct OrderParams {
    /// Of this venue account only.
    account: Option<Uuid>,
    /// Of this bot only.
    bot: Option<Uuid>,
    /// In this symbol only.
    #[param(example = "binance:BTCUSDT")]
    symbol: Option<String>,
    /// In one of these states, with commas between.
    #[param(example = "open,partially_filled")]
    status: Option<String>,
    /// buy or sell only.
    #[param(example = "buy")]
    side: Option<String>,
    /// market, limit, stop, stop_limit or trailing_stop only.
    #[param(example = "limit")]
    kind: Option<String>,
    /// Of this strategy only.
    #[param(example = "cross")]
    strategy: Option<String>,
    /// The one of this name; needs account.
    client_order_id: Option<String>,
    /// Placed from this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Placed before this time (exclusive).
    to: Option<String>,
    /// As they were recorded at this time: RFC 3339 or epoch milliseconds.
    as_of: Option<String>,
    /// Most orders; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// Orders, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPage {
    /// The orders.
    pub(super) orders: Vec<OrderBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    pub(super) next: Option<String>,
}

/// Place an order
///
/// It is written down before it goes anywhere; `submitted` and `venue_order_id` tell of one that somebody else has sent.
/// `client_order_id` makes asking again harmless. The header Idempotency-Key may be given besides; then no other order is
/// placed under it in the account.
#[utoipa::path(
    post,
    path = "/v1/ledger/orders",
    tag = "ledger",
    operation_id = "place_order",
    request_body = NewOrderBody,
    responses(
        (status = 201, description = "It is written down, durably", body = OrderBody),
        (status = 200, description = "The same was asked before: the order as it is now", body = OrderBody),
        (status = 400, description = "A field is wrong, or against the rules of the symbol: see the codes of docs/ledger.md", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account, unknown_bot or unknown_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "key_reused (another order has this client_order_id or Idempotency-Key), account_archived, inactive_symbol, reduce_only, or venue_tells (submitted or venue_order_id is given for a paper account)", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn place_order(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    headers: HeaderMap,
    Body(body): Body<NewOrderBody>,
) -> Result<(StatusCode, Json<OrderBody>), Problem> {
    let (submitted, venue_order_id) = (body.submitted, body.venue_order_id.clone());
    let order = NewOrder { terms: body.terms()?, submitted, venue_order_id };
    let placed = state.0.ledger.place_under(user, order, key_of(&headers)?).await?;
    let (status, order) = match placed.written {
        Some(order) => (StatusCode::CREATED, order),
        None => (StatusCode::OK, state.0.ledger.order(user, placed.id).await?),
    };
    Ok((status, Json(order.into())))
}

/// One's own orders
///
/// As JSON, or as CSV or Arrow with the next page's cursor in the header `X-Next-Cursor`.
#[utoipa::path(
    get,
    path = "/v1/ledger/orders",
    tag = "ledger",
    operation_id = "list_orders",
    params(OrderParams),
    responses(
        (status = 200, description = "Orders", content((OrderPage = "application/json"), (String = "text/csv"), (Binary = "application/vnd.apache.arrow.stream"))),
        (status = 400, description = "invalid_status, invalid_side, invalid_kind, invalid_symbol, invalid_time, invalid_limit, invalid_cursor, missing_parameter, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_account or unknown_order, where client_order_id is asked for", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_much_history: of a status at a time, in more orders than are looked through", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_orders(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let page = page(state.books(), user, &Params::read(&uri, PARAMETERS)?).await?;
    list::give(format, &page, COLUMNS, &page.orders, page.next.as_deref())
}

/// Somebody's orders.
pub(super) async fn page(
    books: Books<'_>,
    user: Uuid,
    params: &Params,
) -> Result<OrderPage, Problem> {
    let account = number(params, "account")?;
    if let Some(name) = params.text("client_order_id") {
        let account = account.ok_or_else(|| {
            Problem::new(Code::MissingParameter, "account is needed with client_order_id")
                .about("account")
        })?;
        let order = books.ledger.order_by_client_id(user, account, name).await?;
        return Ok(OrderPage { orders: vec![order.into()], next: None });
    }
    let limit = limit_of(params)?;
    let query = OrderQuery {
        user: Some(user),
        account,
        bot: number(params, "bot")?,
        symbol: symbol_of(params)?,
        side: side_of(params)?,
        kind: one_of(params, "kind", Code::InvalidKind, KINDS)?,
        strategy: text_of(params, "strategy"),
        status: params.parsed("status", Code::InvalidStatus, states)?.unwrap_or_default(),
        from: params.time("from")?,
        to: params.time("to")?,
        after: params.parsed("cursor", Code::InvalidCursor, place)?,
        // One more shows whether another page follows.
        limit: limit + 1,
        bare: false,
    };
    let mut found = match params.time("as_of")? {
        Some(at) => books.reports.orders_at(&query, at).await?,
        None => books.ledger.orders(&query).await?,
    };
    let next = end(&mut found, query.limit, |last| (last.placed_at, last.id));
    Ok(OrderPage { orders: found.into_iter().map(OrderBody::from).collect(), next })
}

fn states(text: &str) -> Result<Vec<String>, String> {
    let known = |state: &str| {
        let known = STATES.iter().find(|known| **known == state);
        known
            .map(ToString::to_string)
            .ok_or_else(|| format!("{state:?} is none of {}", STATES.join(", ")))
    };
    text.split(',').map(known).collect()
}

/// A number of something.
pub(super) fn number(params: &Params, name: &'static str) -> Result<Option<Uuid>, Problem> {
    params.parsed(name, Code::InvalidRequest, |text| {
        text.parse().map_err(|_| format!("{text:?} is no number"))
    })
}

/// How many are wanted at most.
pub(super) fn limit_of(params: &Params) -> Result<i64, Problem> {
    let limit = params.parsed("limit", Code::InvalidLimit, |text| {
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {MOST}"))
    })?;
    Ok(limit.unwrap_or(DEFAULT))
}

/// The time and number of the last one of a page.
pub(super) fn place(cursor: &str) -> Result<(Time, Uuid), String> {
    let wrong = || "it is of another list".to_owned();
    let (micros, id) = cursor.split_once('.').ok_or_else(wrong)?;
    let (micros, id) = micros.parse().ok().zip(id.parse().ok()).ok_or_else(wrong)?;
    Ok((Time::from_micros(micros).map_err(|_| wrong())?, id))
}
