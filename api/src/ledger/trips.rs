//! `/v1/ledger/trades`: what came of positions.

use adapters::ledger::table::Column;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::{Amount, Time};
use serde::Serialize;
use serde_json::Value;
use store::ledger::trips::{TradeRow, TripQuery};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::list::{self, Books};
use super::orders::{limit_of, number, place};
use super::{direction_of, one_of, result_of, symbol_of, text_of};
use crate::accept::Format;
use crate::auth::caller::Owner;
use crate::market::model::Binary;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

pub(super) const PARAMETERS: &[&str] = &[
    "account",
    "bot",
    "symbol",
    "status",
    "strategy",
    "direction",
    "result",
    "exit_reason",
    "entry_logic",
    "exit_logic",
    "interval",
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
    Column::text("symbol"),
    Column::text("direction"),
    Column::text("status"),
    Column::text("strategy").or_none(),
    Column::text("entry_logic").or_none(),
    Column::text("exit_logic").or_none(),
    Column::text("interval").or_none(),
    Column::text("exit_reason").or_none(),
    Column::time("entry_time"),
    Column::time("exit_time").or_none(),
    Column::decimal("entry_price").or_none(),
    Column::decimal("exit_price").or_none(),
    Column::decimal("size"),
    Column::decimal("commission"),
    Column::json("other_fees"),
    Column::decimal("funding"),
    Column::decimal("gross_pnl"),
    Column::decimal("net_pnl"),
    Column::decimal("pnl_ratio").or_none(),
];

/// Which of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handlers read")]
pub(crate) struct TripParams {
    /// Of this venue account only.
    account: Option<Uuid>,
    /// Of this bot only.
    bot: Option<Uuid>,
    /// In this symbol only.
    #[param(example = "binance:BTCUSDT")]
    symbol: Option<String>,
    /// open or closed.
    #[param(example = "open")]
    status: Option<String>,
    /// Of this strategy only.
    #[param(example = "cross")]
    strategy: Option<String>,
    /// long or short only.
    #[param(example = "long")]
    direction: Option<String>,
    /// Begun from this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Begun before this time (exclusive).
    to: Option<String>,
    /// As they were recorded at this time: RFC 3339 or epoch milliseconds.
    as_of: Option<String>,
    /// Most of them; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// What round trips are looked for by besides.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handlers read")]
pub(crate) struct OutcomeParams {
    /// profit or loss, by net_pnl: those only.
    #[param(example = "loss")]
    result: Option<String>,
    /// Closed for this reason only.
    #[param(example = "stop_loss")]
    exit_reason: Option<String>,
    /// Opened by this rule only.
    entry_logic: Option<String>,
    /// Closed by this rule only.
    exit_logic: Option<String>,
    /// Of this interval only.
    #[param(example = "5m")]
    interval: Option<String>,
}

/// Round trips, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct TradePage {
    /// The round trips.
    pub(super) trades: Vec<TradeBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    pub(super) next: Option<String>,
}

/// A round trip: a position from flat to flat.
#[derive(Serialize, ToSchema)]
#[schema(as = RoundTrip)]
pub(crate) struct TradeBody {
    /// Number, that of its position.
    id: Uuid,
    /// The venue account.
    account: Uuid,
    /// The bot.
    #[schema(required)]
    bot: Option<Uuid>,
    /// venue:CODE.
    symbol: String,
    /// long or short.
    direction: String,
    /// open or closed.
    status: String,
    /// Whose idea it was.
    #[schema(required)]
    strategy: Option<String>,
    /// Which rule opened it.
    #[schema(required)]
    entry_logic: Option<String>,
    /// Which rule closed it.
    #[schema(required)]
    exit_logic: Option<String>,
    /// The candles that were looked at.
    #[schema(required)]
    interval: Option<String>,
    /// What happened that it was closed.
    #[schema(required)]
    exit_reason: Option<String>,
    /// When it began.
    #[schema(format = DateTime)]
    entry_time: String,
    /// When it ended.
    #[schema(required, format = DateTime)]
    exit_time: Option<String>,
    /// Volume-weighted, to 18 digits after the point.
    #[schema(required, format = "decimal")]
    entry_price: Option<String>,
    /// Volume-weighted, to 18 digits after the point.
    #[schema(required, format = "decimal")]
    exit_price: Option<String>,
    /// The most base that was held.
    #[schema(format = "decimal")]
    size: String,
    /// Fees in quote, and those in base at the price of their fill.
    #[schema(format = "decimal")]
    commission: String,
    /// Fees in other assets, by asset; not in net_pnl.
    #[schema(value_type = Object)]
    other_fees: Value,
    /// Funding received, less what was paid.
    #[schema(format = "decimal")]
    funding: String,
    /// Profit before fees and funding, in quote.
    #[schema(format = "decimal")]
    gross_pnl: String,
    /// gross_pnl − commission + funding.
    #[schema(format = "decimal")]
    net_pnl: String,
    /// net_pnl over the margin that was paid in.
    #[schema(required, format = "decimal")]
    pnl_ratio: Option<String>,
}

/// One's own round trips
///
/// As JSON, or as CSV or Arrow with the next page's cursor in the header `X-Next-Cursor`.
#[utoipa::path(
    get,
    path = "/v1/ledger/trades",
    tag = "ledger",
    operation_id = "list_trades",
    params(TripParams, OutcomeParams),
    responses(
        (status = 200, description = "Round trips", content((TradePage = "application/json"), (String = "text/csv"), (Binary = "application/vnd.apache.arrow.stream"))),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 400, description = "invalid_request, invalid_status, invalid_direction, invalid_result, invalid_symbol, invalid_time, invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_trades(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let page = page(state.books(), user, &Params::read(&uri, PARAMETERS)?).await?;
    list::give(format, &page, COLUMNS, &page.trades, page.next.as_deref())
}

/// Somebody's round trips.
pub(super) async fn page(
    books: Books<'_>,
    user: Uuid,
    params: &Params,
) -> Result<TradePage, Problem> {
    let query = read(params, user)?;
    let mut found = match params.time("as_of")? {
        Some(at) => books.reports.trades_at(&query, at).await?,
        None => books.ledger.trades(&query).await?,
    };
    let next = end(&mut found, query.limit, |last| (last.entry_time, last.id));
    Ok(TradePage { trades: found.into_iter().map(trade).collect(), next })
}

pub(super) fn read(params: &Params, user: Uuid) -> Result<TripQuery, Problem> {
    Ok(TripQuery {
        user,
        account: number(params, "account")?,
        bot: number(params, "bot")?,
        symbol: symbol_of(params)?,
        status: one_of(params, "status", Code::InvalidStatus, &["open", "closed"])?,
        strategy: text_of(params, "strategy"),
        direction: direction_of(params)?,
        result: result_of(params)?,
        exit_reason: text_of(params, "exit_reason"),
        entry_logic: text_of(params, "entry_logic"),
        exit_logic: text_of(params, "exit_logic"),
        interval: text_of(params, "interval"),
        from: params.time("from")?,
        to: params.time("to")?,
        after: params.parsed("cursor", Code::InvalidCursor, place)?,
        // One more shows whether another page follows.
        limit: limit_of(params)? + 1,
    })
}

/// Takes the one too many off, and says where the next page begins.
pub(super) fn end<T>(
    found: &mut Vec<T>,
    limit: i64,
    last: impl Fn(&T) -> (Time, Uuid),
) -> Option<String> {
    let more = found.len() as i64 == limit;
    if more {
        found.pop();
    }
    let (time, id) = found.last().filter(|_| more).map(last)?;
    Some(format!("{}.{id}", time.micros()))
}

fn trade(row: TradeRow) -> TradeBody {
    TradeBody {
        id: row.id,
        account: row.account_id,
        bot: row.bot_id,
        symbol: row.symbol,
        direction: row.direction,
        status: row.status,
        strategy: row.strategy_name,
        entry_logic: row.entry_logic_name,
        exit_logic: row.exit_logic_name,
        interval: row.interval,
        exit_reason: row.exit_reason,
        entry_time: row.entry_time.to_string(),
        exit_time: row.exit_time.map(|time| time.to_string()),
        entry_price: text(row.entry_price),
        exit_price: text(row.exit_price),
        size: row.size.to_string(),
        commission: row.commission.to_string(),
        other_fees: row.other_fees,
        funding: row.funding.to_string(),
        gross_pnl: row.gross_pnl.to_string(),
        net_pnl: row.net_pnl.to_string(),
        pnl_ratio: text(row.pnl_ratio),
    }
}

pub(super) fn text(amount: Option<Amount>) -> Option<String> {
    amount.map(|amount| amount.to_string())
}
