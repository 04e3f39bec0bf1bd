//! `GET /v1/ledger/entries`: where every amount came from and where it went, by double entry.

use adapters::ledger::table::Column;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::Time;
use domain::ledger::Purse;
use serde::Serialize;
use store::ledger::entries::{EntryPlace, EntryQuery, EntryRow};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::list::{self, Books};
use super::orders::{limit_of, number};
use super::{currency_of, one_of};
use crate::accept::Format;
use crate::auth::caller::Owner;
use crate::market::model::Binary;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

pub(super) const PARAMETERS: &[&str] =
    &["account", "bot", "asset", "purse", "kind", "from", "to", "limit", "cursor"];
pub(super) const COLUMNS: &[Column] = &[
    Column::time("time"),
    Column::text("account"),
    Column::text("bot").or_none(),
    Column::text("kind"),
    Column::text("asset"),
    Column::text("purse"),
    Column::decimal("amount"),
    Column::text("symbol").or_none(),
    Column::text("order").or_none(),
    Column::text("client_order_id").or_none(),
    Column::text("venue_trade_id").or_none(),
    Column::whole("event"),
    Column::whole("line"),
    Column::time("recorded_at"),
];
/// Events that move something.
const KINDS: &[&str] =
    &["deposited", "withdrawn", "reserved", "released", "filled", "funding_paid"];

/// Which postings.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct EntryParams {
    /// Of this venue account only.
    account: Option<Uuid>,
    /// Of this bot only.
    bot: Option<Uuid>,
    /// In this asset only.
    #[param(example = "USDT")]
    asset: Option<String>,
    /// In this purse only: cash, held, market, profit, fees, funding or external.
    #[param(example = "cash")]
    purse: Option<String>,
    /// By events of this kind only: deposited, withdrawn, reserved, released, filled or funding_paid.
    #[param(example = "filled")]
    kind: Option<String>,
    /// Happened from this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Happened before this time (exclusive).
    to: Option<String>,
    /// Most postings; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// Postings, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryPage {
    /// The postings.
    pub(super) entries: Vec<LedgerEntry>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    pub(super) next: Option<String>,
}

/// A line of an event's entry. The lines of an event add up to nothing in each asset.
#[derive(Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    /// When the venue says it happened; of what no venue tells, when it was recorded.
    #[schema(format = DateTime)]
    time: String,
    /// The venue account.
    account: Uuid,
    /// The bot of the order, or of the position that the funding was for.
    #[schema(required)]
    bot: Option<Uuid>,
    /// deposited, withdrawn, reserved, released, filled or funding_paid.
    kind: String,
    /// Of which asset.
    asset: String,
    /// cash, held, market, profit, fees, funding or external.
    purse: String,
    /// What the purse gained; negative where it gave.
    #[schema(format = "decimal")]
    amount: String,
    /// venue:CODE, of orders and funding.
    #[schema(required)]
    symbol: Option<String>,
    /// The order.
    #[schema(required)]
    order: Option<Uuid>,
    /// The order's name with whoever placed it.
    #[schema(required)]
    client_order_id: Option<String>,
    /// The venue's number of the fill.
    #[schema(required)]
    venue_trade_id: Option<String>,
    /// The event's place among all events of the ledger.
    event: i64,
    /// The line of the event's entry, from 1.
    line: i16,
    /// When it was recorded.
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// The postings of one's own accounts
///
/// As JSON, or as CSV or Arrow with the next page's cursor in the header `X-Next-Cursor`.
#[utoipa::path(
    get,
    path = "/v1/ledger/entries",
    tag = "ledger",
    operation_id = "list_entries",
    params(EntryParams),
    responses(
        (status = 200, description = "Postings", content((EntryPage = "application/json"), (String = "text/csv"), (Binary = "application/vnd.apache.arrow.stream"))),
        (status = 400, description = "invalid_request, invalid_currency (of asset), invalid_purse, invalid_kind, invalid_time, invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_entries(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    let page = page(state.books(), user, &Params::read(&uri, PARAMETERS)?).await?;
    list::give(format, &page, COLUMNS, &page.entries, page.next.as_deref())
}

/// Postings of somebody's accounts.
pub(super) async fn page(
    books: Books<'_>,
    user: Uuid,
    params: &Params,
) -> Result<EntryPage, Problem> {
    let limit = limit_of(params)?;
    let query = EntryQuery {
        user,
        account: number(params, "account")?,
        bot: number(params, "bot")?,
        asset: currency_of(params, "asset")?,
        purse: params.parsed("purse", Code::InvalidPurse, |text| {
            let known = Purse::ALL.into_iter().find(|purse| purse.as_str() == text);
            let names = Purse::ALL.map(Purse::as_str).join(", ");
            known.ok_or_else(|| format!("{text:?} is none of {names}"))
        })?,
        kind: one_of(params, "kind", Code::InvalidKind, KINDS)?,
        from: params.time("from")?,
        to: params.time("to")?,
        after: params.parsed("cursor", Code::InvalidCursor, place)?,
        // One more shows whether another page follows.
        limit: limit + 1,
    };
    let mut found = books.ledger.entries(&query).await?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let last = found.last().filter(|_| more);
    let next = last.map(|last| format!("{}.{}.{}", last.at.micros(), last.event, last.line));
    Ok(EntryPage { entries: found.into_iter().map(LedgerEntry::from).collect(), next })
}

/// The time, event and line of the last one of a page.
fn place(cursor: &str) -> Result<EntryPlace, String> {
    let read = |cursor: &str| {
        let mut parts = cursor.splitn(3, '.');
        let time = Time::from_micros(parts.next()?.parse().ok()?).ok()?;
        Some((time, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    };
    read(cursor).ok_or_else(|| "it is of another list".to_owned())
}

impl From<EntryRow> for LedgerEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            time: row.at.to_string(),
            account: row.account,
            bot: row.bot,
            kind: row.kind,
            asset: row.asset,
            purse: row.purse,
            amount: row.amount.to_string(),
            symbol: row.symbol,
            order: row.order,
            client_order_id: row.client_order_id,
            venue_trade_id: row.venue_trade_id,
            event: row.event,
            line: row.line,
            recorded_at: row.recorded_at.to_string(),
        }
    }
}
