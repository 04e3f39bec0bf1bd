//! HTTP: REST under `/v1`, the WebSocket stream, health, metrics, the OpenAPI document and the
//! page. It translates requests to use cases of `app` and their outcome back; it decides nothing.

mod accept;
mod auth;
mod code;
mod forwarded;
mod guard;
mod ledger;
mod market;
mod ops;
mod page;
mod params;
mod path;
mod problem;
mod router;
mod serve;
mod state;
mod stream;
mod tls;
mod trading;

pub use auth::rules;
pub use ledger::list::{BadRequest, Books, List, Rows, performance};
pub use market::compat::influx::WriteToken;
pub use router::{openapi, router};
pub use serve::serve;
pub use state::{ApiParts, ApiSettings, ApiState, RenderMetrics};
pub use tls::{Tls, TlsError, TlsFiles};
