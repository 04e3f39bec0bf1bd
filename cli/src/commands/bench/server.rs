//! The product's own server on a free port, for as long as a measurement takes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Result;
use api::{ApiParts, ApiSettings, ApiState};
use app::Clock;
use app::auth::Usage;
use app::auth::limits::Limiter;
use app::market::live::Live;
use app::market::segments::Segments;
use app::market::venues::Venues;
use axum::Router;
use store::Db;
use tokio::net::TcpListener;

use crate::context::Context;

/// What measurements have of their own.
pub(super) struct Server {
    pub(super) db: Db,
    pub(super) segments: Segments,
    pub(super) live: Live,
    pub(super) limiter: Limiter,
    pub(super) metrics: Arc<dyn Fn() -> String + Send + Sync>,
    pub(super) settings: ApiSettings,
    /// Routes beside the product's, outside of everything that it does around a request.
    pub(super) beside: Router,
}

impl Server {
    pub(super) fn new(context: &Context, db: &Db, live: Live) -> Self {
        Self {
            db: db.clone(),
            segments: Segments::default(),
            live,
            limiter: context.limiter(),
            metrics: Arc::new(String::new),
            settings: ApiSettings::default(),
            beside: Router::new(),
        }
    }

    /// Starts it, does `work`, and stops it.
    pub(super) async fn during<T>(
        self,
        context: &Context,
        work: impl AsyncFnOnce(SocketAddr) -> Result<T>,
    ) -> Result<T> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let settings = self.settings.for_listener(address);
        let stop = context.stop.child_token();
        let router = api::router(ApiState::new(ApiParts {
            db: self.db.clone(),
            redis: None,
            segments: self.segments,
            live: self.live.clone(),
            venues: Venues::default(),
            clock: Clock::system(),
            accounts: context.accounts(&self.db),
            ledger: context.ledger(&self.db),
            trading: context.trading(&self.db, context.accounts(&self.db)),
            limiter: self.limiter,
            usage: Usage::new(self.db.clone(), Clock::system()),
            version: env!("CARGO_PKG_VERSION"),
            metrics: self.metrics,
            shutdown: stop.clone(),
            settings: settings.clone(),
        }));
        let router = router.merge(self.beside);
        let (live, end) = (self.live, stop.clone());
        let listening = tokio::spawn(async move { live.run(&self.db, end).await });
        let end = stop.clone();
        let server =
            tokio::spawn(async move { api::serve(listener, router, &settings, None, end).await });
        let done = work(address).await;
        stop.cancel();
        server.await?;
        listening.await?;
        done
    }
}
