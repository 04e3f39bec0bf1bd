//! `GET /v1/ops/points`: points that programs wrote through `/compat/influx`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Time;
use serde::Serialize;
use serde_json::value::RawValue;
use store::ops::points::{self, Place, PointQuery, StoredPoint};
use utoipa::{IntoParams, ToSchema};

use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const PARAMETERS: &[&str] = &["measurement", "bucket", "from", "to", "limit", "cursor", "tag.*"];
const DEFAULT: u32 = 500;
const MOST: u32 = 5_000;

/// Which points. `tag.<key>=<value>` takes only those with that tag, as often as wanted.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct PointParams {
    /// What is measured.
    #[param(example = "cpu")]
    measurement: String,
    /// Only what was written to this database or bucket.
    bucket: Option<String>,
    /// From this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Before this time (exclusive): RFC 3339 or epoch milliseconds.
    to: Option<String>,
    /// Most points; without it 500.
    #[param(minimum = 1, maximum = 5000)]
    limit: Option<u32>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// Points, oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct PointPage {
    /// What is measured.
    measurement: String,
    /// The points.
    points: Vec<MeasuredPoint>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// One point.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeasuredPoint {
    /// When, to the nanosecond.
    #[schema(format = DateTime, examples("2024-08-08T23:54:00.123456789Z"))]
    time: String,
    /// The database or bucket it was written to.
    bucket: String,
    /// What it belongs to.
    #[schema(value_type = BTreeMap<String, String>)]
    tags: Box<RawValue>,
    /// The figures; a float has a point or a power of ten, a whole number has neither.
    #[schema(value_type = Object)]
    fields: Box<RawValue>,
}

/// Points of a measurement
///
/// What programs wrote through `/compat/influx`, other than trades and candles. The token of
/// `compat.influx_token` reads them too, as `Authorization: Bearer …`.
#[utoipa::path(
    get,
    path = "/v1/ops/points",
    tag = "ops",
    operation_id = "list_points",
    params(PointParams),
    responses(
        (status = 200, description = "Points", body = PointPage),
        (status = 400, description = "invalid_time, invalid_range, invalid_limit, invalid_cursor, missing_parameter, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_points(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<PointPage>, Problem> {
    let params = Params::read(&uri, PARAMETERS)?;
    let query = query(&params)?;
    let mut found = points::page(&state.0.db, &query).await?;
    let limit = usize::try_from(query.limit - 1).unwrap_or_default();
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| cursor(last.place));
    let points = found.into_iter().map(measured).collect::<Result<_, _>>();
    let points = points.map_err(|error| {
        tracing::error!(%error, "a stored point is no JSON");
        Problem::internal()
    })?;
    Ok(Json(PointPage { measurement: query.measurement, points, next }))
}

/// One point more than the page has shows whether another page follows.
fn query(params: &Params) -> Result<PointQuery, Problem> {
    let measurement = params.required("measurement", "cpu")?.to_owned();
    let limit = params.parsed("limit", Code::InvalidLimit, |text| {
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {MOST}"))
    })?;
    let from = params.time("from")?.unwrap_or(Time::MIN);
    let to = params.time("to")?.unwrap_or(Time::MAX);
    if from > to {
        let detail = format!("from {from} is after to {to}");
        return Err(Problem::new(Code::InvalidRange, detail).about("from"));
    }
    let after = params.parsed("cursor", Code::InvalidCursor, |text| {
        place(text).ok_or("pass `next` of the page before")
    })?;
    let tags: BTreeMap<&str, &str> = params.starting("tag.").collect();
    Ok(PointQuery {
        measurement,
        tags: serde_json::to_string(&tags).map_err(|_| Problem::internal())?,
        bucket: params.text("bucket").map(str::to_owned),
        from: after.map_or(from, |after| from.max(after.time)),
        to,
        after,
        limit: i64::from(limit.unwrap_or(DEFAULT)) + 1,
    })
}

fn cursor(place: Place) -> String {
    format!("{}.{}.{}", place.time.micros(), place.nanos, place.series)
}

fn place(text: &str) -> Option<Place> {
    let mut parts = text.splitn(3, '.');
    let time = Time::from_micros(parts.next()?.parse().ok()?).ok()?;
    Some(Place { time, nanos: parts.next()?.parse().ok()?, series: parts.next()?.parse().ok()? })
}

fn measured(point: StoredPoint) -> Result<MeasuredPoint, serde_json::Error> {
    let Place { time, nanos, .. } = point.place;
    let time = match nanos {
        0 => time.to_string(),
        nanos => {
            let below = time.micros().rem_euclid(1_000_000) * 1_000 + i64::from(nanos);
            let second = time.plus_micros(-time.micros().rem_euclid(1_000_000)).to_string();
            format!("{}.{below:09}Z", second.trim_end_matches('Z'))
        }
    };
    let json = RawValue::from_string;
    Ok(MeasuredPoint {
        time,
        bucket: point.bucket,
        tags: json(point.tags)?,
        fields: json(point.fields)?,
    })
}
