//! The page: what `make build` put into `web/dist`, embedded in the program. Any address that is
//! neither the interface's nor a file's shows it, for the page has addresses of its own.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use crate::problem::{Code, Problem};

#[derive(Embed)]
#[folder = "../web/dist"]
struct Dist;

/// What the interface's addresses begin with.
const INTERFACES: [&str; 3] = ["v1", "health", "compat"];
const INDEX: &str = "index.html";
/// Vite names what is in there by its contents.
const HASHED: &str = "assets/";

const NOT_BUILT: &str = "Chandlery is running, but this program was built without its page.\n\
    Build it with `make build` (it needs Node.js) and start it again.\n\n\
    The interface is there: /docs describes it, /v1/market/symbols lists what is stored.\n";

/// The page, one of its files, or a problem.
pub(crate) async fn page(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).into_response();
    }
    let name = if path.is_empty() { INDEX } else { path };
    if let Some(file) = Dist::get(name) {
        return answer(name, file, request.headers());
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    // A program that gets the page where it asked for data would take it for an answer.
    let interface = path.split('/').next().is_some_and(|first| INTERFACES.contains(&first));
    if interface || last.contains('.') {
        let detail = format!("/{path} is no address of this server; /docs lists those there are");
        return Problem::new(Code::NotFound, detail).into_response();
    }
    match Dist::get(INDEX) {
        Some(file) => answer(INDEX, file, request.headers()),
        None => NOT_BUILT.into_response(),
    }
}

fn answer(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag =
        hash[..12].iter().fold(String::from("\""), |tag, byte| format!("{tag}{byte:02x}")) + "\"";
    // A hashed file never changes; everything else is asked for again, by its tag.
    let keep = match name.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about = [(header::CACHE_CONTROL, keep), (header::ETAG, tag.as_str())];
    if known {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    let kind = [(header::CONTENT_TYPE, file.metadata.mimetype())];
    (about, kind, Body::from(file.data.into_owned())).into_response()
}
