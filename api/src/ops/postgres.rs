//! `GET /health/postgres`: whether the database answers, how fast, and whether its schema is this
//! program's.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use store::{Db, StoreError, migrate, ops::probe};
use utoipa::ToSchema;

use crate::state::ApiState;

/// A database that takes longer than this is as good as away.
const PATIENCE: Duration = Duration::from_secs(3);

/// The state of PostgreSQL as this process sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct PostgresHealth {
    /// `ok`, `unavailable`, or `migrations_pending`.
    #[schema(examples("ok"))]
    status: &'static str,
    /// Time of one question and its answer, in milliseconds.
    #[schema(required, examples(0.4))]
    round_trip_ms: Option<f64>,
    /// The server's version.
    #[schema(required, examples("15.18"))]
    version: Option<String>,
    /// Whether it is a standby, which takes no writes.
    #[schema(required)]
    standby: Option<bool>,
    /// Whether a commit waits for the disk.
    #[schema(required)]
    durable: Option<bool>,
    /// Size of the database in bytes.
    #[schema(required)]
    size_bytes: Option<i64>,
    /// This process's connections.
    pool: Pool,
    /// The schema.
    #[schema(required)]
    migrations: Option<Migrations>,
}

/// Connections of one process.
#[derive(Serialize, ToSchema)]
pub(crate) struct Pool {
    /// Open ones.
    open: usize,
    /// Of these, idle ones.
    idle: usize,
    /// Requests that wait for one.
    waiting: usize,
}

/// How far the schema is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Migrations {
    /// Applied ones.
    applied: usize,
    /// Missing ones; `chandlery migrate up` applies them.
    pending: usize,
    /// Whether the schema is exactly this program's.
    current: bool,
}

/// Whether PostgreSQL answers
#[utoipa::path(
    get,
    path = "/health/postgres",
    tag = "ops",
    operation_id = "health_postgres",
    responses(
        (status = 200, description = "It answers and its schema is current", body = PostgresHealth),
        (status = 503, description = "It does not answer, or its schema is not this program's", body = PostgresHealth),
    ),
)]
pub(crate) async fn health_postgres(
    State(state): State<ApiState>,
) -> (StatusCode, Json<PostgresHealth>) {
    let asked = tokio::time::timeout(PATIENCE, ask(&state.0.db)).await;
    let answer = match asked {
        Ok(Ok(answer)) => Some(answer),
        Ok(Err(error)) => {
            tracing::warn!(%error, "PostgreSQL is not well");
            None
        }
        Err(_) => {
            tracing::warn!(?PATIENCE, "PostgreSQL does not answer");
            None
        }
    };
    let (open, idle, waiting) = state.0.db.pool_status();
    let mut health = PostgresHealth {
        status: "unavailable",
        round_trip_ms: None,
        version: None,
        standby: None,
        durable: None,
        size_bytes: None,
        pool: Pool { open, idle, waiting },
        migrations: None,
    };
    let mut status = StatusCode::SERVICE_UNAVAILABLE;
    if let Some((facts, round_trip, migrations)) = answer {
        (health.status, status) = match migrations.current {
            true => ("ok", StatusCode::OK),
            false => ("migrations_pending", StatusCode::SERVICE_UNAVAILABLE),
        };
        health.round_trip_ms = Some((round_trip.as_secs_f64() * 1e6).round() / 1e3);
        health.version = Some(facts.version);
        health.standby = Some(facts.standby);
        health.durable = Some(facts.durable);
        health.size_bytes = Some(facts.size_bytes);
        health.migrations = Some(migrations);
    }
    (status, Json(health))
}

async fn ask(db: &Db) -> Result<(probe::ServerFacts, Duration, Migrations), StoreError> {
    let facts = probe::facts(db).await?;
    // Measured on a connection that is open by now.
    let started = Instant::now();
    db.query("ops.round_trip", "SELECT 1", &[]).await?;
    let round_trip = started.elapsed();
    let states = migrate::status(db).await?;
    let applied = states.iter().filter(|state| state.applied_at.is_some()).count();
    let pending = states.len() - applied;
    let current = pending == 0 && states.len() == migrate::MIGRATIONS.len();
    Ok((facts, round_trip, Migrations { applied, pending, current }))
}
