//! `/v1/ledger/imports`: what was taken in of other programs' records, and what became of each of their rows.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use serde_json::Value;
use store::ledger::imports::Import;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::orders::{limit_of, place};
use super::trips::end;
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// Which of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct ImportParams {
    /// Most of them; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Imports, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportPage {
    /// The imports.
    imports: Vec<ImportBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// An import.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportBody {
    /// Number.
    id: Uuid,
    /// The venue account.
    account: Uuid,
    /// The bot; null once it is gone.
    #[schema(required)]
    bot: Option<Uuid>,
    /// The file's name.
    file: String,
    /// freqtrade_database or freqtrade_results.
    source: String,
    /// BLAKE3 of the file's content, unpacked.
    digest: String,
    /// Whether every row of trading is in the ledger, and every difference of profit has a known cause.
    reconciled: bool,
    /// By table: rows, imported, known, skipped, differs.
    #[schema(value_type = Object)]
    counts: Value,
    /// When it began.
    #[schema(format = DateTime)]
    began_at: String,
    /// When it ended.
    #[schema(format = DateTime)]
    ended_at: String,
}

/// An import with what became of each row.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportReportBody {
    /// The import.
    #[serde(flatten)]
    import: ImportBody,
    /// Tables, totals, trades and rows; docs/import-trades.md tells each field.
    #[schema(value_type = Object)]
    report: Value,
}

/// One's own imports
#[utoipa::path(
    get,
    path = "/v1/ledger/imports",
    tag = "ledger",
    operation_id = "list_imports",
    params(ImportParams),
    responses(
        (status = 200, description = "Imports", body = ImportPage),
        (status = 400, description = "invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_imports(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    uri: Uri,
) -> Result<Json<ImportPage>, Problem> {
    let params = Params::read(&uri, &["limit", "cursor"])?;
    // One more shows whether another page follows.
    let limit = limit_of(&params)? + 1;
    let after = params.parsed("cursor", Code::InvalidCursor, place)?;
    let mut found = state.0.ledger.imports(user, after, limit).await?;
    let next = end(&mut found, limit, |last| (last.ended_at, last.id));
    Ok(Json(ImportPage { imports: found.into_iter().map(body).collect(), next }))
}

/// An import and what became of each row
#[utoipa::path(
    get,
    path = "/v1/ledger/imports/{id}",
    tag = "ledger",
    operation_id = "get_import",
    params(("id" = Uuid, Path, description = "The import's number")),
    responses(
        (status = 200, description = "The import", body = ImportReportBody),
        (status = 400, description = "invalid_request: not a number", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_import", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_import(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(id): Path<Uuid>,
) -> Result<Json<ImportReportBody>, Problem> {
    let mut found = state.0.ledger.import_report(user, id).await?;
    let report = found.report.take();
    Ok(Json(ImportReportBody { import: body(found), report }))
}

fn body(import: Import) -> ImportBody {
    ImportBody {
        id: import.id,
        account: import.account_id,
        bot: import.bot_id,
        file: import.file,
        source: import.source,
        digest: import.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        reconciled: import.reconciled,
        counts: import.counts,
        began_at: import.began_at.to_string(),
        ended_at: import.ended_at.to_string(),
    }
}
