//! Every route, and the document that describes them. A route is added in one place and so is in
//! both.

use axum::Router;
use axum::middleware;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::limit::RequestBodyLimitLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accept::Format;
use crate::state::ApiState;
use crate::{auth, guard, ledger, market, ops, page, stream, trading};

/// What the code of the endpoints doesn't say.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chandlery",
        description = "The data platform under a trading operation: market data, exactly once.\n\n\
            Times are RFC 3339 in UTC, or epoch milliseconds where they are parameters; ranges \
            include their beginning and exclude their end. Decimal numbers are texts, without loss. \
            Errors are problem+json (RFC 9457) with a stable `code`. Pages lead on by `next`, \
            passed as `cursor`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "market", description = "Symbols, candles, trades and prices"),
        (name = "trading", description = "Venue accounts, strategies and bots"),
        (name = "stream", description = "What happens, as it happens"),
        (name = "auth", description = "Logging in, sessions, people, and the record of what was done"),
        (name = "ledger", description = "Orders, fills, and where the money is: every event kept, every sum exact"),
        (name = "ops", description = "The server itself"),
    ),
)]
struct Document;

fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(market::symbols::list_symbols))
        .routes(routes!(market::symbol::get_symbol))
        .routes(routes!(market::candles::list_candles))
        .routes(routes!(market::coverage::get_coverage))
        .routes(routes!(market::ticks::list_ticks))
        .routes(routes!(market::price::get_price))
        .routes(routes!(market::leaderboard::get_leaderboard))
        .routes(routes!(stream::open_stream))
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::login::logout))
        .routes(routes!(auth::login::get_me))
        .routes(routes!(auth::password::change_password))
        .routes(routes!(auth::totp::login_second))
        .routes(routes!(auth::totp::get_totp, auth::totp::enrol_totp))
        .routes(routes!(auth::totp::confirm_totp))
        .routes(routes!(auth::totp::disable_totp))
        .routes(routes!(auth::codes::request_verification))
        .routes(routes!(auth::codes::confirm_verification))
        .routes(routes!(auth::codes::request_reset))
        .routes(routes!(auth::codes::confirm_reset))
        .routes(routes!(auth::codes::set_up))
        .routes(routes!(auth::sessions::list_sessions, auth::sessions::end_other_sessions))
        .routes(routes!(auth::sessions::end_session))
        .routes(routes!(auth::keys::list_keys, auth::keys::create_key))
        .routes(routes!(auth::keys::revoke_key))
        .routes(routes!(auth::preferences::get_preferences, auth::preferences::change_preferences))
        .routes(routes!(auth::watchlists::list_watchlists, auth::watchlists::create_watchlist))
        .routes(routes!(
            auth::watchlists::get_watchlist,
            auth::watchlists::change_watchlist,
            auth::watchlists::delete_watchlist
        ))
        .routes(routes!(auth::oidc::list_providers))
        .routes(routes!(auth::oidc::begin_provider_login))
        .routes(routes!(auth::oidc::finish_provider_login))
        .routes(routes!(auth::identities::list_identities))
        .routes(routes!(auth::identities::link_identity, auth::identities::unlink_identity))
        .routes(routes!(auth::tokens::create_token))
        .routes(routes!(auth::tokens::get_token_keys))
        .routes(routes!(auth::users::list_users, auth::users::create_user))
        .routes(routes!(auth::users::change_user))
        .routes(routes!(auth::audit::list_audit))
        .routes(routes!(auth::usage::list_usage))
        .merge(ledger::routes())
        .merge(trading::routes())
        .routes(routes!(ops::health::health))
        .routes(routes!(ops::postgres::health_postgres))
        .routes(routes!(ops::redis::health_redis))
        .routes(routes!(ops::metrics::metrics))
        .routes(routes!(ops::points::list_points))
        .routes(routes!(ops::openapi::openapi_json))
        .routes(routes!(ops::docs::docs))
}

/// The description of the interface, OpenAPI 3.1.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = routes().into_openapi();
    auth::describe::describe(&mut document);
    document
}

/// Everything this server answers. Starts the task that feeds the streams, which ends with the
/// state's `shutdown`; so it is to be called within a runtime.
pub fn router(state: ApiState) -> Router {
    guard::describe_metrics();
    stream::describe_metrics();
    tokio::spawn(stream::rebroadcast(state.clone(), state.0.live.subscribe()));
    tokio::spawn(stream::OwnNews::of(&state).rebroadcast(state.clone()));
    tokio::spawn(market::compat::binance::feed(state.clone(), state.0.live.subscribe()));
    let (router, _) = routes().split_for_parts();
    // Arrow is for programs that read fast; compressing it would take longer than sending it.
    let compressed =
        DefaultPredicate::new().and(NotForContentType::const_new(Format::Arrow.media_type()));
    let gate = middleware::from_fn_with_state(state.clone(), auth::gate::gate);
    router
        .merge(market::compat::binance::router(&state))
        .merge(market::compat::udf::router(&state))
        .route_layer(gate.clone())
        // The page's own files, open to everybody.
        .fallback(page::page)
        .layer(middleware::from_fn_with_state(state.clone(), auth::gate::stray))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(RequestBodyLimitLayer::new(state.0.settings.body_limit_bytes))
        // It has a limit of its own, that of InfluxDB.
        .merge(market::compat::influx::router().route_layer(gate))
        .layer(middleware::from_fn_with_state(state.clone(), guard::guard))
        .with_state(state)
}
