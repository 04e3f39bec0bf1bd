//! Who may do what, and how often what is costly: one rule for each endpoint, in one table. An endpoint that isn't in
//! it is open to nobody.

use app::auth::limits::Endpoint;
use axum::http::Method;
use domain::auth::{Role, Scope};

use Rule::{Needs, Public};
use Scope::{
    Account, AuditRead, BotsRead, BotsWrite, MarketRead, OpsRead, OrdersRead, OrdersWrite,
    PointsWrite, TokensWrite, Users,
};

/// To whom an endpoint is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// To everybody.
    Public,
    /// To callers with this scope. With [`Scope::Account`] an endpoint is about the caller's own
    /// things: other people's aren't found by it.
    Needs(Scope),
}

/// The rule of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Its method; HEAD goes with GET.
    pub method: &'static str,
    /// Its address as the router knows it.
    pub path: &'static str,
    /// To whom it is open.
    pub rule: Rule,
    /// How often it is answered.
    pub limit: Endpoint,
}

macro_rules! rules {
    ($($method:ident $path:literal $rule:expr $(, $per_hour:literal an hour)?;)*) => {
        /// Every endpoint.
        pub const RULES: &[Access] = &[$(Access {
            method: stringify!($method),
            path: $path,
            rule: $rule,
            limit: Endpoint {
                name: concat!(stringify!($method), " ", $path),
                per_hour: 0 $(+ $per_hour)?,
            },
        }),*];
    };
}

// Those have a limit of their own that let secrets be guessed, that hash passwords, send mail, sign, or ask others, and
// that read the record: each takes more of the machine than a row of the market.

rules! {
    GET "/health" Public;
    GET "/health/postgres" Public;
    GET "/health/redis" Public;
    GET "/openapi.json" Public;
    GET "/docs" Public;
    GET "/metrics" Needs(OpsRead);
    GET "/v1/ops/points" Needs(OpsRead);

    GET "/v1/ledger/orders" Needs(OrdersRead);
    POST "/v1/ledger/orders" Needs(OrdersWrite);
    GET "/v1/ledger/orders/{id}" Needs(OrdersRead);
    PATCH "/v1/ledger/orders/{id}" Needs(OrdersWrite);
    DELETE "/v1/ledger/orders/{id}" Needs(OrdersWrite);
    POST "/v1/ledger/orders/{id}/reports" Needs(OrdersWrite);
    GET "/v1/ledger/orders/{id}/events" Needs(OrdersRead);
    GET "/v1/ledger/orders/{id}/fills" Needs(OrdersRead);
    POST "/v1/ledger/orders/{id}/fills" Needs(OrdersWrite);
    GET "/v1/ledger/positions" Needs(OrdersRead);
    GET "/v1/ledger/trades" Needs(OrdersRead);
    POST "/v1/ledger/accounts/{id}/entries" Needs(OrdersWrite);
    GET "/v1/ledger/accounts/{id}/balances" Needs(OrdersRead);
    GET "/v1/ledger/imports" Needs(OrdersRead);
    GET "/v1/ledger/imports/{id}" Needs(OrdersRead);
    GET "/v1/ledger/fills" Needs(OrdersRead);
    GET "/v1/ledger/entries" Needs(OrdersRead);
    GET "/v1/ledger/performance" Needs(OrdersRead);
    GET "/v1/ledger/equity" Needs(OrdersRead);
    GET "/v1/ledger/snapshots" Needs(OrdersRead);
    GET "/v1/ledger/portfolio" Needs(OrdersRead);
    GET "/v1/ledger/explain" Needs(OrdersRead);
    GET "/v1/ledger/positions/{id}/explain" Needs(OrdersRead);

    POST "/v1/auth/login" Public, 300 an hour;
    POST "/v1/auth/login/second" Public, 300 an hour;
    POST "/v1/auth/setup" Public, 60 an hour;
    POST "/v1/auth/reset/request" Public, 60 an hour;
    POST "/v1/auth/reset/confirm" Public, 60 an hour;
    POST "/v1/auth/verify/request" Needs(Account), 60 an hour;
    POST "/v1/auth/verify/confirm" Needs(Account), 60 an hour;
    POST "/v1/auth/logout" Needs(Account);
    GET "/v1/auth/me" Needs(Account);
    POST "/v1/auth/password" Needs(Account), 60 an hour;
    GET "/v1/auth/totp" Needs(Account);
    POST "/v1/auth/totp" Needs(Account), 60 an hour;
    POST "/v1/auth/totp/confirm" Needs(Account), 60 an hour;
    POST "/v1/auth/totp/disable" Needs(Account), 60 an hour;
    GET "/v1/auth/sessions" Needs(Account);
    DELETE "/v1/auth/sessions" Needs(Account);
    DELETE "/v1/auth/sessions/{id}" Needs(Account);
    GET "/v1/auth/keys" Needs(Account);
    POST "/v1/auth/keys" Needs(Account), 120 an hour;
    DELETE "/v1/auth/keys/{id}" Needs(Account);
    GET "/v1/me/preferences" Needs(Account);
    PATCH "/v1/me/preferences" Needs(Account);
    GET "/v1/me/watchlists" Needs(Account);
    POST "/v1/me/watchlists" Needs(Account);
    GET "/v1/me/watchlists/{id}" Needs(Account);
    PATCH "/v1/me/watchlists/{id}" Needs(Account);
    DELETE "/v1/me/watchlists/{id}" Needs(Account);
    GET "/v1/auth/oidc" Public;
    GET "/v1/auth/oidc/{provider}/begin" Public, 300 an hour;
    GET "/v1/auth/oidc/{provider}/callback" Public, 300 an hour;
    GET "/v1/auth/identities" Needs(Account);
    POST "/v1/auth/identities/{provider}" Needs(Account), 60 an hour;
    DELETE "/v1/auth/identities/{provider}" Needs(Account);
    POST "/v1/auth/token" Needs(TokensWrite), 600 an hour;
    GET "/.well-known/jwks.json" Public;
    GET "/v1/auth/users" Needs(Users);
    POST "/v1/auth/users" Needs(Users), 300 an hour;
    PATCH "/v1/auth/users/{id}" Needs(Users);
    GET "/v1/auth/audit" Needs(AuditRead), 1_200 an hour;
    GET "/v1/auth/usage" Needs(Users), 1_200 an hour;

    GET "/v1/market/symbols" Needs(MarketRead);
    GET "/v1/market/symbols/{symbol}" Needs(MarketRead);
    GET "/v1/market/candles" Needs(MarketRead);
    GET "/v1/market/coverage" Needs(MarketRead);
    GET "/v1/market/ticks" Needs(MarketRead);
    GET "/v1/market/price" Needs(MarketRead);
    GET "/v1/market/leaderboard" Needs(MarketRead);
    GET "/v1/stream" Needs(MarketRead);

    GET "/v1/trading/accounts" Needs(BotsRead);
    POST "/v1/trading/accounts" Needs(BotsWrite);
    GET "/v1/trading/accounts/{id}" Needs(BotsRead);
    PATCH "/v1/trading/accounts/{id}" Needs(BotsWrite);
    POST "/v1/trading/accounts/{id}/archive" Needs(BotsWrite);
    GET "/v1/trading/accounts/{id}/paper" Needs(BotsRead);
    PUT "/v1/trading/accounts/{id}/paper" Needs(BotsWrite);
    GET "/v1/trading/accounts/{id}/signing-keys" Needs(BotsRead);
    // By somebody who is logged in only: no key makes others.
    POST "/v1/trading/accounts/{id}/signing-keys" Needs(OrdersWrite), 120 an hour;
    DELETE "/v1/trading/accounts/{id}/signing-keys/{key}" Needs(BotsWrite);
    GET "/v1/trading/strategies" Needs(BotsRead);
    POST "/v1/trading/strategies" Needs(BotsWrite);
    GET "/v1/trading/strategies/{id}" Needs(BotsRead);
    DELETE "/v1/trading/strategies/{id}" Needs(BotsWrite);
    GET "/v1/trading/strategies/{id}/versions" Needs(BotsRead);
    POST "/v1/trading/strategies/{id}/versions" Needs(BotsWrite);
    GET "/v1/trading/strategies/{id}/versions/{version}" Needs(BotsRead);
    PUT "/v1/trading/strategies/{id}/accounts/{account}" Needs(BotsWrite);
    DELETE "/v1/trading/strategies/{id}/accounts/{account}" Needs(BotsWrite);
    GET "/v1/trading/templates" Needs(BotsRead);
    POST "/v1/trading/templates" Needs(BotsWrite);
    GET "/v1/trading/templates/{id}" Needs(BotsRead);
    PATCH "/v1/trading/templates/{id}" Needs(BotsWrite);
    DELETE "/v1/trading/templates/{id}" Needs(BotsWrite);
    GET "/v1/trading/bots" Needs(BotsRead);
    POST "/v1/trading/bots" Needs(BotsWrite);
    GET "/v1/trading/bots/{id}" Needs(BotsRead);
    PATCH "/v1/trading/bots/{id}" Needs(BotsWrite);
    DELETE "/v1/trading/bots/{id}" Needs(BotsWrite);
    POST "/v1/trading/bots/{id}/start" Needs(BotsWrite);
    POST "/v1/trading/bots/{id}/stop" Needs(BotsWrite);
    POST "/v1/trading/bots/{id}/pause" Needs(BotsWrite);
    POST "/v1/trading/bots/{id}/heartbeat" Needs(BotsWrite);
    GET "/v1/trading/bots/{id}/heartbeats" Needs(BotsRead);
    GET "/v1/trading/bots/{id}/status" Needs(BotsRead);
    GET "/v1/trading/cache/{key}" Needs(BotsRead);
    PUT "/v1/trading/cache/{key}" Needs(BotsWrite);
    DELETE "/v1/trading/cache/{key}" Needs(BotsWrite);
    GET "/v1/trading/sagas" Needs(OrdersRead);

    GET "/v1/trading/bots/{id}/webhooks" Needs(BotsRead);
    // By somebody who is logged in only, as the secret outlives whatever made it.
    POST "/v1/trading/bots/{id}/webhooks" Needs(OrdersWrite), 120 an hour;
    PATCH "/v1/trading/bots/{id}/webhooks/{webhook}" Needs(OrdersWrite);
    DELETE "/v1/trading/bots/{id}/webhooks/{webhook}" Needs(OrdersWrite);
    POST "/v1/trading/bots/{id}/webhooks/{webhook}/rotate" Needs(OrdersWrite), 120 an hour;
    GET "/v1/trading/bots/{id}/webhooks/{webhook}/log" Needs(BotsRead);
    POST "/v1/trading/bots/{id}/webhooks/{webhook}/log/{alert}/retry" Needs(OrdersWrite);
    // Each looks at the secret; secrets have 256 bits.
    POST "/hooks/{id}" Public, 36_000 an hour;

    GET "/compat/binance/api/v3/ping" Public;
    GET "/compat/binance/api/v3/time" Public;
    GET "/compat/binance/api/v3/exchangeInfo" Needs(MarketRead);
    GET "/compat/binance/api/v3/klines" Needs(MarketRead);
    GET "/compat/binance/api/v3/uiKlines" Needs(MarketRead);
    GET "/compat/binance/api/v3/trades" Needs(MarketRead);
    GET "/compat/binance/api/v3/historicalTrades" Needs(MarketRead);
    GET "/compat/binance/api/v3/aggTrades" Needs(MarketRead);
    GET "/compat/binance/api/v3/depth" Needs(MarketRead);
    GET "/compat/binance/api/v3/avgPrice" Needs(MarketRead);
    GET "/compat/binance/api/v3/ticker/price" Needs(MarketRead);
    GET "/compat/binance/api/v3/ticker/24hr" Needs(MarketRead);
    GET "/compat/binance/api/v3/ticker/bookTicker" Needs(MarketRead);
    // Beyond the key these look at the signature.
    GET "/compat/binance/api/v3/account" Needs(OrdersRead);
    POST "/compat/binance/api/v3/order" Needs(OrdersWrite);
    POST "/compat/binance/api/v3/order/test" Needs(OrdersWrite);
    GET "/compat/binance/api/v3/order" Needs(OrdersRead);
    DELETE "/compat/binance/api/v3/order" Needs(OrdersWrite);
    GET "/compat/binance/api/v3/openOrders" Needs(OrdersRead);
    DELETE "/compat/binance/api/v3/openOrders" Needs(OrdersWrite);
    GET "/compat/binance/api/v3/allOrders" Needs(OrdersRead);
    GET "/compat/binance/api/v3/myTrades" Needs(OrdersRead);
    GET "/compat/binance/sapi/v1/system/status" Public;
    GET "/compat/binance/sapi/v1/account/status" Needs(OrdersRead);
    GET "/compat/binance/sapi/v1/account/apiRestrictions" Needs(OrdersRead);
    GET "/compat/binance/sapi/v1/asset/tradeFee" Needs(OrdersRead);
    GET "/compat/binance/sapi/v1/capital/config/getall" Needs(OrdersRead);
    GET "/compat/binance/sapi/v1/margin/allPairs" Needs(OrdersRead);
    GET "/compat/binance/sapi/v1/margin/isolated/allPairs" Needs(OrdersRead);
    POST "/compat/binance/sapi/v3/asset/getUserAsset" Needs(OrdersRead);
    GET "/compat/binance/ws" Needs(MarketRead);
    GET "/compat/binance/ws/{*streams}" Needs(MarketRead);
    GET "/compat/binance/stream" Needs(MarketRead);

    GET "/compat/udf/config" Needs(MarketRead);
    GET "/compat/udf/symbols" Needs(MarketRead);
    GET "/compat/udf/search" Needs(MarketRead);
    GET "/compat/udf/history" Needs(MarketRead);
    GET "/compat/udf/time" Public;
    // What a browser asks before it lets a page of another server read.
    OPTIONS "/compat/udf/config" Public;
    OPTIONS "/compat/udf/symbols" Public;
    OPTIONS "/compat/udf/search" Public;
    OPTIONS "/compat/udf/history" Public;
    OPTIONS "/compat/udf/time" Public;

    GET "/compat/influx/ping" Public;
    GET "/compat/influx/health" Public;
    POST "/compat/influx/write" Needs(PointsWrite);
    POST "/compat/influx/api/v2/write" Needs(PointsWrite);
    GET "/compat/influx/query" Needs(PointsWrite);
    POST "/compat/influx/query" Needs(PointsWrite);
}

/// What holds of a request; the error has the methods that its address takes.
pub(crate) fn find(method: &Method, path: &str) -> Result<&'static Access, Vec<&'static str>> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let of_path = || RULES.iter().filter(|access| access.path == path);
    let found = of_path().find(|access| access.method == method);
    found.ok_or_else(|| of_path().map(|access| access.method).collect())
}

/// The page docs/access.md: the table as roles see it.
#[must_use]
pub fn page(anonymous: &[Scope]) -> String {
    let mut text = "# Who may do what\n\n\
        This page is the output of `chandlery reference access`; a test keeps it so, and another asks every endpoint as \
        every role. The rules are in `api/src/auth/rules.rs`, the scopes of roles in `domain/src/auth/role.rs`.\n\n\
        \"An hour\" is how many requests of a user, a key or an address an endpoint answers in an hour where it has a limit of \
        its own; `limits.endpoints` gives it another one. [accounts.md](accounts.md#limits) has the other limits.\n\n\
        \"Nobody\" is a request without credentials from the same machine, where the server listens on that alone and \
        `accounts.anonymous` has its default; everywhere else it may what is public. An API key may what its owner may \
        and its own scopes have, without `account` and `users`; a token what both it and its maker may, without \
        `tokens:write` either.\n\n\
        | method | address | needs | an hour | nobody |"
        .to_owned();
    for role in Role::ALL {
        text += &format!(" {role} |");
    }
    text += &format!("\n|---|---|---|---|---|{}\n", "---|".repeat(Role::ALL.len()));
    let tick = |may: bool| if may { " yes |" } else { " |" };
    for Access { method, path, rule, limit } in RULES {
        let (needs, nobody) = match rule {
            Public => ("".to_owned(), true),
            Needs(scope) => (format!(" `{scope}`"), anonymous.contains(scope)),
        };
        let per_hour = match limit.per_hour {
            0 => String::new(),
            set => format!(" {set}"),
        };
        text += &format!("| {method} | `{path}` |{needs} |{per_hour} |{}", tick(nobody));
        for role in Role::ALL {
            text += tick(rule.is_open_to(role.scopes()));
        }
        text.push('\n');
    }
    text
}

impl Rule {
    /// Whether callers with these scopes may come in.
    #[must_use]
    pub fn is_open_to(self, scopes: &[Scope]) -> bool {
        match self {
            Public => true,
            Needs(scope) => scopes.contains(&scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_one_rule_and_what_has_none_is_open_to_nobody() {
        for (at, access) in RULES.iter().enumerate() {
            let (method, path) = (access.method, access.path);
            let again =
                RULES[at + 1..].iter().any(|other| (other.method, other.path) == (method, path));
            assert!(!again, "{method} {path} has two rules");
        }
        let rule = |method, path| find(&method, path).map(|access| access.rule);
        assert_eq!(rule(Method::HEAD, "/metrics"), Ok(Needs(OpsRead)));
        assert_eq!(rule(Method::POST, "/metrics"), Err(vec!["GET"]));
        assert_eq!(rule(Method::GET, "/nothing"), Err(vec![]));
        let limit = find(&Method::GET, "/v1/auth/audit").map(|access| access.limit);
        assert_eq!(limit, Ok(Endpoint { name: "GET /v1/auth/audit", per_hour: 1_200 }));
    }
}
