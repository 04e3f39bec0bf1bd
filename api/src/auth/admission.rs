//! A stream goes on for hours: it is asked again and again whether its caller may still have it.

use std::net::IpAddr;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::auth::Scope;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use uuid::Uuid;

use super::caller::Who;
use crate::problem::{Code, Problem};
use crate::state::ApiState;

/// A session that is over without anybody saying so ends its streams within this time.
const BEAT: Duration = Duration::from_secs(5);
/// So many times it may be impossible to ask before a stream ends.
const PATIENCE: u32 = 6;

/// What the client is told when it ends.
pub(crate) const OVER: &str = "the session is over, or may do this no longer";

/// A stream's permission.
pub(crate) struct Admission {
    state: ApiState,
    who: Who,
    address: Option<IpAddr>,
    changes: Receiver<Option<Uuid>>,
    beat: Interval,
    /// Whether it is to be asked, which must not be forgotten where asking is broken off.
    due: bool,
    failures: u32,
    /// What the caller must be allowed for the stream to go on.
    needs: Vec<Scope>,
}

impl FromRequestParts<ApiState> for Admission {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let who = parts.extensions.get::<Who>().cloned().ok_or_else(super::caller::login_first)?;
        let mut beat = interval_at(Instant::now() + BEAT, BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let changes = state.0.accounts.changes();
        // Asked once at the beginning: a change since the gate would not be heard of.
        let (state, address) = (state.clone(), super::caller::address(parts));
        let needs = vec![Scope::MarketRead];
        Ok(Self { state, who, address, changes, beat, due: true, failures: 0, needs })
    }
}

impl Admission {
    /// Whose own things the stream may tell of.
    pub(crate) fn owner(&self) -> Option<Uuid> {
        self.who.owner()
    }

    /// The same, where the caller may read them by this scope; from now on it ends where they may not be read any more.
    pub(crate) async fn own(&mut self, scope: Scope) -> Result<Uuid, Problem> {
        let user = self.owner().ok_or_else(super::caller::login_first)?;
        // The rights of when the stream began may be others by now.
        let scopes = self.scopes().await?.ok_or_else(super::caller::login_first)?;
        if !scopes.contains(&scope) {
            return Err(Problem::new(Code::Forbidden, format!("this needs {scope}")));
        }
        if !self.needs.contains(&scope) {
            self.needs.push(scope);
            self.due = true;
        }
        Ok(user)
    }

    /// Ends when the stream may not go on. It may be dropped and called again.
    pub(crate) async fn ended(&mut self) {
        let user = match &self.who {
            Who::Signer(known, _) => known.user,
            who => match who.owner() {
                Some(user) => user,
                None => return std::future::pending().await,
            },
        };
        loop {
            while !self.due {
                tokio::select! {
                    _ = self.beat.tick() => self.due = true,
                    changed = self.changes.recv() => match changed {
                        Ok(whose) => self.due = whose.is_none_or(|whose| whose == user),
                        Err(RecvError::Lagged(_)) => self.due = true,
                        Err(RecvError::Closed) => return,
                    },
                }
            }
            match self.may_go_on().await {
                Ok(true) => self.failures = 0,
                Ok(false) => return,
                Err(_) => self.failures += 1,
            }
            if self.failures >= PATIENCE {
                return;
            }
            self.due = false;
        }
    }

    async fn may_go_on(&self) -> Result<bool, Problem> {
        let scopes = self.scopes().await?;
        Ok(scopes.is_some_and(|scopes| self.needs.iter().all(|need| scopes.contains(need))))
    }

    /// What the caller may do by now; none where its session, key or token is over.
    async fn scopes(&self) -> Result<Option<Vec<Scope>>, Problem> {
        let accounts = &self.state.0.accounts;
        let scopes = match &self.who {
            Who::Somebody(_, secret) => {
                accounts.known(secret).await?.map(|known| known.user.role.scopes().to_vec())
            }
            Who::Program(_, secret) => {
                let known = accounts.known_key(secret, self.address).await?;
                known.map(|known| known.scopes.clone())
            }
            Who::Service(_, token) => {
                let known = accounts.known_token(token, self.address).await?;
                known.map(|known| known.scopes.clone())
            }
            Who::Signer(_, key) => {
                let known = self.state.0.trading.known_signer(key, self.address).await?;
                known.map(|known| known.scopes)
            }
            Who::Nobody(scopes) => Some(scopes.clone()),
            Who::Writer => None,
        };
        Ok(scopes)
    }
}
