//! Accounts over HTTP.

mod access;
mod codes;
mod keys;
mod limits;
mod login;
mod me;
mod places;
mod tokens;
mod totp;

use app::auth::Actor;
use domain::auth::Role;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::server::Server;

const PASSWORD: &str = "correct horse battery";

/// Adds a person and logs them in; gives the cookie.
pub(crate) async fn somebody(server: &Server, email: &str, role: Role) -> String {
    let address = email.parse().unwrap();
    server.accounts.create(&Actor::default(), address, None, role, PASSWORD).await.unwrap();
    let response = login(server, email, PASSWORD).await;
    assert_eq!(response.status(), 200);
    cookie(&response)
}

async fn login(server: &Server, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password });
    ask(server, Method::POST, "/v1/auth/login", None).json(&body).send().await.unwrap()
}

/// The cookie as a browser would send it back.
fn cookie(response: &Response) -> String {
    let set = response.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

pub(crate) fn ask(
    server: &Server,
    method: Method,
    path: &str,
    cookie: Option<&str>,
) -> RequestBuilder {
    let request =
        testkit::http_client().request(method, format!("http://{}{path}", server.address));
    match cookie {
        Some(cookie) => {
            request.header("Cookie", cookie).header("Origin", format!("http://{}", server.address))
        }
        None => request,
    }
}

/// The status and the code of an answer.
async fn code(request: RequestBuilder) -> (StatusCode, String) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let body: Value = response.json().await.unwrap_or_default();
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}
