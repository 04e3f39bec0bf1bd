//! `/v1/ledger/positions`: what is held, at the latest price.

use adapters::ledger::table::Column;
use app::ledger::reports::Mark;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::ledger::Position;
use domain::{Amount, Decimal};
use serde::Serialize;
use store::ledger::trips::PositionRow;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::list;
use super::trips::{TripParams, end, read, text};
use crate::accept::Format;
use crate::auth::caller::Owner;
use crate::market::model::Binary;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const OF_POSITIONS: &[&str] = &[
    "account",
    "bot",
    "symbol",
    "status",
    "strategy",
    "direction",
    "from",
    "to",
    "as_of",
    "maintenance_rate",
    "limit",
    "cursor",
];
const COLUMNS: &[Column] = &[
    Column::text("id"),
    Column::text("account"),
    Column::text("bot").or_none(),
    Column::text("symbol"),
    Column::text("mode"),
    Column::text("direction"),
    Column::text("status"),
    Column::decimal("quantity"),
    Column::decimal("avg_price").or_none(),
    Column::decimal("realized_pnl"),
    Column::decimal("mark_price").or_none(),
    Column::time("mark_time").or_none(),
    Column::whole("mark_age_s").or_none(),
    Column::text("mark_missing").or_none(),
    Column::decimal("unrealised_pnl").or_none(),
    Column::decimal("unrealised_ratio").or_none(),
    Column::decimal("liquidation_price").or_none(),
    Column::time("opened_at"),
    Column::time("closed_at").or_none(),
];

/// What positions are told with.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct MarkParams {
    /// The venue's maintenance margin rate, for liquidation prices.
    #[param(example = "0.004")]
    maintenance_rate: Option<String>,
}

/// Positions, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PositionPage {
    /// The positions.
    positions: Vec<PositionBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// A position.
#[derive(Serialize, ToSchema)]
pub(crate) struct PositionBody {
    /// Number.
    id: Uuid,
    /// The venue account.
    account: Uuid,
    /// The bot.
    #[schema(required)]
    bot: Option<Uuid>,
    /// venue:CODE.
    symbol: String,
    /// spot or margin.
    mode: String,
    /// long or short.
    direction: String,
    /// open or closed.
    status: String,
    /// Units of base held.
    #[schema(format = "decimal")]
    quantity: String,
    /// What each cost on average, without fees.
    #[schema(required, format = "decimal")]
    avg_price: Option<String>,
    /// Profit before fees and funding so far, in quote.
    #[schema(format = "decimal")]
    realized_pnl: String,
    /// The symbol's latest price, of an open position.
    #[schema(required, format = "decimal")]
    mark_price: Option<String>,
    /// When that price was.
    #[schema(required, format = DateTime)]
    mark_time: Option<String>,
    /// How old that price is, in seconds.
    #[schema(required)]
    mark_age_s: Option<i64>,
    /// Why an open position has no mark_price.
    #[schema(required)]
    mark_missing: Option<String>,
    /// What it would win at mark_price, before fees, in quote.
    #[schema(required, format = "decimal")]
    unrealised_pnl: Option<String>,
    /// The same over the margin: the cost of what is held / leverage.
    #[schema(required, format = "decimal")]
    unrealised_ratio: Option<String>,
    /// Where the venue would close an isolated margin position; known where the request gives `maintenance_rate`.
    #[schema(required, format = "decimal")]
    liquidation_price: Option<String>,
    /// When its first fill was.
    #[schema(format = DateTime)]
    opened_at: String,
    /// When it became flat.
    #[schema(required, format = DateTime)]
    closed_at: Option<String>,
}

/// One's own positions
///
/// As JSON, or as CSV or Arrow with the next page's cursor in the header `X-Next-Cursor`.
#[utoipa::path(
    get,
    path = "/v1/ledger/positions",
    tag = "ledger",
    operation_id = "list_positions",
    params(TripParams, MarkParams),
    responses(
        (status = 200, description = "Positions", content((PositionPage = "application/json"), (String = "text/csv"), (Binary = "application/vnd.apache.arrow.stream"))),
        (status = 400, description = "invalid_request, invalid_status, invalid_direction, invalid_symbol, invalid_time, invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_positions(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let params = Params::read(&uri, OF_POSITIONS)?;
    let (query, as_of) = (read(&params, user)?, params.time("as_of")?);
    let rate = params.parsed("maintenance_rate", Code::InvalidRequest, domain::parse_decimal)?;
    let reports = &state.0.reports;
    let mut found = match as_of {
        Some(at) => reports.positions_at(&query, at).await?,
        None => reports.positions(&query).await?,
    };
    let next = end(&mut found, query.limit, |(last, _)| (last.opened_at, last.id));
    let mut positions = Vec::with_capacity(found.len());
    for (row, held) in found {
        let mark = match held.is_open() {
            true => reports.mark(&held, as_of).await?,
            false => None,
        };
        positions.push(position(row, &held, mark, rate));
    }
    let page = PositionPage { positions, next };
    list::give(format, &page, COLUMNS, &page.positions, page.next.as_deref())
}

fn position(
    row: PositionRow,
    held: &Position,
    mark: Option<Mark>,
    rate: Option<Decimal>,
) -> PositionBody {
    let missing =
        (mark.is_none() && held.is_open()).then(|| format!("no price of {} is stored", row.symbol));
    PositionBody {
        id: row.id,
        account: row.account_id,
        bot: row.bot_id,
        symbol: row.symbol,
        mode: row.mode,
        direction: row.direction,
        status: row.status,
        quantity: row.qty_open.to_string(),
        avg_price: text(row.avg_price),
        realized_pnl: row.realized_pnl.to_string(),
        mark_price: mark.map(|mark| mark.price.normalize().to_string()),
        mark_time: mark.map(|mark| mark.time.to_string()),
        mark_age_s: mark.map(|mark| mark.age_s),
        mark_missing: missing,
        unrealised_pnl: text(mark.and_then(|mark| mark.unrealised)),
        unrealised_ratio: text(mark.and_then(|mark| mark.ratio)),
        liquidation_price: text(rate.and_then(|rate| held.liquidation_price(rate, Amount::ZERO))),
        opened_at: row.opened_at.to_string(),
        closed_at: row.closed_at.map(|time| time.to_string()),
    }
}
