//! What the OpenAPI document says of credentials: made from the rules, so that it can't say
//! anything else.

use axum::http::Method;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, OpenApi, PathItem, Ref, RefOr, ResponseBuilder};

use super::credentials::COOKIE;
use super::rules::{self, Rule};
use crate::problem::PROBLEM_JSON;

/// Adds the schemes, and to each operation what it needs and how it refuses.
pub(crate) fn describe(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let cookie = ApiKeyValue::with_description(
        COOKIE,
        "The session of a browser, as POST /v1/auth/login sets it.",
    );
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "A key of a program, a token of a service, or the secret of a session. The lists behind it are scopes.",
        ))
        .build();
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            if let Ok(access) = rules::find(&method, path) {
                add(operation, access.rule, method == Method::GET);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn add(operation: &mut Operation, rule: Rule, reads: bool) {
    let mut forbidden = vec!["host_not_allowed"];
    if !reads {
        forbidden.push("origin_not_allowed");
    }
    if let Rule::Needs(scope) = rule {
        let one_of =
            ["session", "bearer"].map(|name| SecurityRequirement::new(name, [scope.as_str()]));
        operation.security = Some(one_of.into());
        let needs = format!("Needs the scope `{scope}`.");
        operation.description = Some(match operation.description.take() {
            Some(text) => format!("{text}\n\n{needs}"),
            None => needs,
        });
        forbidden.push("forbidden");
        refusal(operation, "401", "unauthorized".to_owned());
    } else {
        operation.security = Some(Vec::new());
    }
    refusal(operation, "403", forbidden.join(", "));
    refusal(operation, "503", "timeout".to_owned());
    if matches!(rule, Rule::Needs(_)) {
        also(operation, "503", "sessions_unavailable");
    }
    refusal(operation, "429", "rate_limited".to_owned());
    also(operation, "429", "rate_limited");
}

/// Adds a code to a refusal that is there.
fn also(operation: &mut Operation, status: &str, code: &str) {
    if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(status)
        && !response.description.contains(code)
    {
        response.description += &format!(", {code}");
    }
}

/// Adds a refusal, unless the endpoint has one of its own.
fn refusal(operation: &mut Operation, status: &str, description: String) {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new().description(description).content(PROBLEM_JSON, content);
    operation
        .responses
        .responses
        .entry(status.to_owned())
        .or_insert_with(|| response.build().into());
}
