//! Lists that come page by page.

use std::marker::PhantomData;
use std::vec;

use reqwest::Method;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Result;
use crate::client::{Call, Client};

/// One page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    /// What is on it.
    #[serde(
        alias = "candles",
        alias = "ticks",
        alias = "orders",
        alias = "positions",
        alias = "trades",
        alias = "bots",
        alias = "heartbeats",
        alias = "fills",
        alias = "entries",
        alias = "events",
        alias = "imports",
        alias = "sagas",
        alias = "templates",
        alias = "alerts"
    )]
    pub items: Vec<T>,
    /// The cursor of the next one, none at the end.
    pub next: Option<String>,
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PageQuery {
    /// Most of a page.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// A list, page by page.
#[derive(Debug)]
pub struct Pages<T> {
    client: Client,
    path: String,
    query: Vec<(String, String)>,
    /// None: it is at its end.
    cursor: Option<Option<String>>,
    of: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Pages<T> {
    pub(crate) fn new(
        client: &Client,
        path: impl Into<String>,
        query: Vec<(String, String)>,
    ) -> Self {
        let (client, path) = (client.clone(), path.into());
        Self { client, path, query, cursor: Some(None), of: PhantomData }
    }

    /// What is on the next page; none at the end. A page that failed may be asked for again.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let mut query = self.query.clone();
        if let Some(cursor) = cursor {
            query.retain(|(name, _)| name != "cursor");
            query.push(("cursor".to_owned(), cursor.clone()));
        }
        let page: Page<T> = self.client.query(&self.path, query).await?;
        self.cursor = page.next.map(Some);
        Ok(Some(page.items))
    }

    /// All of it.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok(all)
    }
}

impl Client {
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        path: &str,
        query: Vec<(String, String)>,
    ) -> Result<T> {
        self.ask(Call::new(Method::GET, path.to_owned()).query(query)).await
    }
}

/// The fields of a query that are set, as an address has them.
pub(crate) fn pairs(query: &impl Serialize) -> Vec<(String, String)> {
    let Ok(Value::Object(fields)) = serde_json::to_value(query) else { return Vec::new() };
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Array(names) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            (!names.is_empty()).then(|| names.join(","))
        }
        other => Some(other.to_string()),
    };
    fields.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
}
