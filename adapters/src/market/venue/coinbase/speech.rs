//! What is said and heard on Coinbase's feed.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use domain::Time;
use serde::Deserialize;
use serde_json::json;

use super::super::port::VenueEvent;
use super::super::socket::{Heard, Request, Speech};
use super::message::{Match, Ticker};

/// Products on one connection. The venue says no number; a slow reader is cut off, so the busy
/// ones are better spread.
const MOST_CODES: usize = 100;
const CODES_A_REQUEST: usize = 100;

/// The language of the feed.
#[derive(Clone)]
pub(super) struct CoinbaseSpeech {
    url: String,
    channels: Vec<&'static str>,
    /// Each product's last trade on this connection.
    last: HashMap<Arc<str>, i64>,
}

impl CoinbaseSpeech {
    pub(super) fn new(url: &str, book: bool) -> Self {
        let mut channels = vec!["matches", "heartbeat"];
        channels.extend(book.then_some("ticker"));
        Self { url: url.to_owned(), channels, last: HashMap::new() }
    }

    fn trade(&mut self, product: &str, message: &str, arrival: Time) -> Result<Heard, String> {
        let found: Match<'_> = read(message)?;
        let tick = found.tick(Some(arrival))?;
        let known = self.last.get_key_value(product).map(|(code, last)| (Arc::clone(code), *last));
        let (code, last) = known.unwrap_or_else(|| (product.into(), tick.trade_id));
        self.last.insert(Arc::clone(&code), last.max(tick.trade_id));
        Ok(Heard::Event(VenueEvent::Tick { code, tick }))
    }

    /// A heartbeat names the last trade: one that did not arrive was lost on the way.
    fn heartbeat(&mut self, product: &str, last: i64) -> Heard {
        match self.last.get_mut(product) {
            Some(seen) if *seen < last => {
                let reason =
                    format!("a heartbeat names trade {last}, and {seen} was the last heard");
                *seen = last;
                Heard::Missed(product.into(), reason)
            }
            _ => Heard::Nothing,
        }
    }
}

impl Speech for CoinbaseSpeech {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn most_codes(&self) -> usize {
        MOST_CODES
    }

    fn codes_a_request(&self) -> usize {
        CODES_A_REQUEST
    }

    fn request(&self, what: Request, _id: u64, codes: &[String]) -> String {
        let what = match what {
            Request::Subscribe => "subscribe",
            Request::Unsubscribe => "unsubscribe",
        };
        json!({ "type": what, "product_ids": codes, "channels": self.channels }).to_string()
    }

    fn hear(&mut self, message: &str, arrival: Time) -> Result<Heard, String> {
        let head: Head<'_> = read(message)?;
        let product = || head.product_id.as_deref().ok_or("product_id is missing");
        match &*head.kind {
            "match" | "last_match" => self.trade(product()?, message, arrival),
            "ticker" => {
                let code = product()?.into();
                let book = read::<Ticker<'_>>(message)?.book(arrival)?;
                let event = book.map(|book| Heard::Event(VenueEvent::Book { code, book }));
                Ok(event.unwrap_or(Heard::Nothing))
            }
            "heartbeat" => {
                let last = head.last_trade_id.ok_or("last_trade_id is missing")?;
                Ok(self.heartbeat(product()?, last))
            }
            "subscriptions" => {
                let Subscriptions { channels } = read(message)?;
                // A product counts as sent once every channel that we asked for sends it.
                let of = |name: &&str| {
                    let channel = channels.iter().find(|channel| channel.name == *name);
                    channel.map(|channel| channel.product_ids.clone()).unwrap_or_default()
                };
                let all = self.channels.iter().map(of);
                let sent = all.reduce(|a, b| a.intersection(&b).cloned().collect());
                let sent = sent.unwrap_or_default();
                self.last.retain(|code, _| sent.contains(&**code));
                Ok(Heard::Sends(sent))
            }
            "error" => {
                let words = [head.message.as_deref(), head.reason.as_deref()];
                let reason = words.into_iter().flatten().collect::<Vec<_>>().join(": ");
                Ok(Heard::Refused(None, reason))
            }
            _ => Ok(Heard::Nothing),
        }
    }
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    product_id: Option<Cow<'a, str>>,
    last_trade_id: Option<i64>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Subscriptions {
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
struct Channel {
    name: String,
    #[serde(default)]
    product_ids: BTreeSet<String>,
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
