//! The client itself: where the server is, who asks, and how a call is sent, tried again and read.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Result;
use crate::error::{Error, Problem};
use crate::retry::Retry;

const URL: &str = "CHANDLERY_URL";
const KEY: &str = "CHANDLERY_KEY";
const USUAL_URL: &str = "http://127.0.0.1:8080";

/// A client of one server. Cheap to clone; its clones share connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    url: Url,
    key: Option<HeaderValue>,
    timeout: Duration,
    retry: Retry,
    ids: Box<dyn Fn() -> Uuid + Send + Sync>,
}

/// Makes a [`Client`].
pub struct ClientBuilder {
    url: String,
    key: Option<String>,
    timeout: Duration,
    retry: Retry,
    ids: Box<dyn Fn() -> Uuid + Send + Sync>,
}

/// One call.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<(&'static str, Vec<u8>)>,
    idempotency_key: Option<String>,
    /// Doing it twice does it once.
    harmless: bool,
}

impl Client {
    /// A client of the server at this address, `http://127.0.0.1:8080`, with an API key.
    ///
    /// # Errors
    /// [`Error::Settings`], where the address or the key can't be one.
    pub fn new(url: &str, key: &str) -> Result<Self> {
        Self::builder().url(url).key(key).build()
    }

    /// A client of the server that `CHANDLERY_URL` names (`http://127.0.0.1:8080`), with the key `CHANDLERY_KEY`.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn from_env() -> Result<Self> {
        Self::builder().from_env().build()
    }

    /// A client with other settings.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            url: USUAL_URL.to_owned(),
            key: None,
            timeout: Duration::from_secs(30),
            retry: Retry::default(),
            #[expect(
                clippy::disallowed_methods,
                reason = "ClientBuilder::ids takes another source"
            )]
            ids: Box::new(Uuid::now_v7),
        }
    }

    /// A new number, as keys of calls are made of.
    pub(crate) fn new_id(&self) -> Uuid {
        (self.0.ids)()
    }

    pub(crate) fn retry(&self) -> &Retry {
        &self.0.retry
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.0.timeout
    }

    pub(crate) fn key(&self) -> Option<&HeaderValue> {
        self.0.key.as_ref()
    }

    pub(crate) fn address(&self, path: &str) -> Url {
        let mut url = self.0.url.clone();
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        url
    }

    /// Reads what is at an address.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T> {
        self.ask(Call::new(Method::GET, path)).await
    }

    /// Sends a call and reads its answer.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        let body = self.send(&call).await?;
        let what = || format!("the answer to {} {}", call.method, call.path);
        serde_json::from_slice(&body).map_err(|source| Error::Answer { what: what(), source })
    }

    /// Sends a call, again where it fails and may be.
    pub(crate) async fn send(&self, call: &Call) -> Result<Vec<u8>> {
        let mut tried = 0;
        loop {
            let error = match self.once(call).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            tried += 1;
            let pause = self.0.retry.pause(&error, call.harmless, tried, fastrand::f64());
            let Some(pause) = pause else { return Err(error) };
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, call: &Call) -> Result<Vec<u8>> {
        let mut request = self.0.http.request(call.method.clone(), self.address(&call.path));
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(key) = &self.0.key {
            request = request.header(AUTHORIZATION, key.clone());
        }
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some((kind, body)) = &call.body {
            request = request.header(CONTENT_TYPE, *kind).body(body.clone());
        }
        let answer = request.send().await.map_err(|error| self.lost(&error))?;
        let (status, wait) = (answer.status(), retry_after(answer.headers()));
        let body = answer.bytes().await.map_err(|error| self.lost(&error))?;
        if status.is_success() {
            return Ok(body.into());
        }
        Err(Error::Refused(Box::new(Problem::read(status.as_u16(), wait, &body))))
    }

    fn lost(&self, error: &reqwest::Error) -> Error {
        let url = error.url().unwrap_or(&self.0.url).to_string();
        if error.is_timeout() && !error.is_connect() {
            return Error::Timeout { url, after: self.0.timeout };
        }
        let mut reason = "it can't be reached".to_owned();
        let mut cause = error.source();
        while let Some(error) = cause {
            reason += &format!(": {error}");
            cause = error.source();
        }
        Error::Unreachable { url, reason, before_sent: error.is_connect() }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.0.url.as_str()).finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Takes what `CHANDLERY_URL` and `CHANDLERY_KEY` say, where they are set.
    #[must_use]
    pub fn from_env(mut self) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place where the client reads its settings"
        )]
        let read = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
        self.url = read(URL).unwrap_or(self.url);
        self.key = read(KEY).or(self.key);
        self
    }

    /// Where the server is.
    #[must_use]
    pub fn url(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }

    /// An API key (`chk_…`) or a token. Without one the client may what nobody needs a key for.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    /// How long one try may take; without it 30 s.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How calls that failed are tried again.
    #[must_use]
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// Where the numbers come from by which calls are told apart; without it they are of UUID version 7.
    #[must_use]
    pub fn ids(self, ids: impl Fn() -> Uuid + Send + Sync + 'static) -> Self {
        Self { ids: Box::new(ids), ..self }
    }

    /// The client.
    ///
    /// # Errors
    /// [`Error::Settings`], where the address or the key can't be one.
    pub fn build(self) -> Result<Client> {
        let Self { url, key, timeout, retry, ids } = self;
        let wrong = |why: String| Error::Settings(format!("{url:?} is no server's address: {why}"));
        let parsed = Url::parse(&url).map_err(|error| wrong(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.query().is_some() {
            return Err(wrong(
                "it begins with http:// or https:// and has no question mark".into(),
            ));
        }
        let key = key.map(|key| {
            let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
                .map_err(|_| Error::Settings("the key has characters that none has".to_owned()))?;
            value.set_sensitive(true);
            Ok::<_, Error>(value)
        });
        // Somebody else may have chosen one for the process.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().timeout(timeout).build();
        let http = http.map_err(|error| Error::Settings(format!("no HTTP client: {error}")))?;
        let key = key.transpose()?;
        Ok(Client(Arc::new(Inner { http, url: parsed, key, timeout, retry, ids })))
    }
}

impl Call {
    pub(crate) fn new(method: Method, path: String) -> Self {
        let harmless = matches!(method, Method::GET | Method::PUT);
        Self { method, path, query: Vec::new(), body: None, idempotency_key: None, harmless }
    }

    pub(crate) fn query(self, query: Vec<(String, String)>) -> Self {
        Self { query, ..self }
    }

    pub(crate) fn json(self, body: &impl Serialize) -> Result<Self> {
        let what = || format!("the body of {} {}", self.method, self.path);
        let body =
            serde_json::to_vec(body).map_err(|source| Error::Answer { what: what(), source })?;
        Ok(self.body("application/json", body))
    }

    pub(crate) fn body(self, kind: &'static str, body: Vec<u8>) -> Self {
        Self { body: Some((kind, body)), ..self }
    }

    /// Asked again it does nothing more.
    pub(crate) fn harmless(self) -> Self {
        Self { harmless: true, ..self }
    }

    /// The same by a key of its own.
    pub(crate) fn keyed(self, key: Uuid) -> Self {
        Self { idempotency_key: Some(key.to_string()), harmless: true, ..self }
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
