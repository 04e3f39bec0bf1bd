//! The stream: what happens, as it happens. A connection that breaks is made anew, with the same subscriptions.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

use crate::Result;
use crate::client::Client;
use crate::error::{Error, Problem};
use crate::model::{Candle, Interval, Tick};
use crate::numbers::exact;
use crate::order::Fill;
use crate::own::{BotState, OrderState};

/// After so long without a message the server is asked whether it is there, and after twice that given up.
const QUIET: Duration = Duration::from_secs(15);

/// What can be followed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A symbol's candles, each time they move.
    Candles(String, &'static str),
    /// Every trade of a symbol.
    Ticks(String),
    /// A symbol's latest price.
    Prices(String),
    /// Those of all symbols.
    AllPrices,
    /// A symbol's best bid and ask.
    Books(String),
    /// One's own bots.
    AllBots,
    /// One of them.
    Bot(Uuid),
    /// One's own orders, and their fills.
    AllOrders,
    /// Those of an account.
    Orders(Uuid),
}

impl Topic {
    /// A symbol's candles, each time they move.
    #[must_use]
    pub fn candles(symbol: &str, interval: Interval) -> Self {
        Self::Candles(symbol.to_owned(), interval.as_str())
    }

    /// Every trade of a symbol.
    #[must_use]
    pub fn ticks(symbol: &str) -> Self {
        Self::Ticks(symbol.to_owned())
    }

    /// A symbol's latest price.
    #[must_use]
    pub fn prices(symbol: &str) -> Self {
        Self::Prices(symbol.to_owned())
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Candles(symbol, interval) => write!(f, "candles:{symbol}:{interval}"),
            Self::Ticks(symbol) => write!(f, "ticks:{symbol}"),
            Self::Prices(symbol) => write!(f, "prices:{symbol}"),
            Self::AllPrices => f.write_str("prices:*"),
            Self::Books(symbol) => write!(f, "books:{symbol}"),
            Self::AllBots => f.write_str("bots:all"),
            Self::Bot(bot) => write!(f, "bots:{bot}"),
            Self::AllOrders => f.write_str("orders:all"),
            Self::Orders(account) => write!(f, "orders:{account}"),
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the fields are those of the market's and the ledger's types, and what symbol it is of"
)]
pub enum Event {
    /// A candle moved; whole, as it is now.
    Candle { symbol: String, interval: Interval, replay: bool, candle: Candle },
    /// A trade.
    Tick { symbol: String, replay: bool, tick: Tick },
    /// A latest price.
    Price {
        symbol: String,
        replay: bool,
        #[serde(deserialize_with = "exact")]
        price: Decimal,
        time: Timestamp,
    },
    /// The best bid and ask.
    Book {
        symbol: String,
        #[serde(deserialize_with = "exact")]
        bid: Decimal,
        #[serde(deserialize_with = "exact")]
        bid_quantity: Decimal,
        #[serde(deserialize_with = "exact")]
        ask: Decimal,
        #[serde(deserialize_with = "exact")]
        ask_quantity: Decimal,
        time: Timestamp,
    },
    /// A bot's status changed, or it was heard of.
    Bot { bot: BotState },
    /// An order changed, and the fill that did it.
    Order { order: OrderState, fill: Option<Fill> },
    /// Messages were left out: so many of a topic, or nobody knows how many of which. What was missed can be read.
    Lagged {
        #[serde(default)]
        topic: Option<String>,
        missed: Option<u64>,
    },
    /// The connection broke and there is a new one; what happened between can be read.
    #[serde(skip_deserializing)]
    Reconnected,
    /// What this client doesn't know, or need not tell.
    #[serde(other)]
    Other,
}

/// What happens, as it happens.
pub struct Stream {
    client: Client,
    topics: BTreeSet<Topic>,
    socket: Option<WebSocketStream<MaybeTlsStream<TcpStream>>>,
}

impl Client {
    /// Follows these topics.
    ///
    /// # Errors
    /// Whatever a call may fail with; `too_many_streams`.
    pub async fn stream(&self, topics: impl IntoIterator<Item = Topic>) -> Result<Stream> {
        let topics = topics.into_iter().collect();
        let mut stream = Stream { client: self.clone(), topics, socket: None };
        stream.connect().await?;
        Ok(stream)
    }
}

impl Stream {
    /// Follows more topics. Where the connection is broken, the next one has them.
    pub async fn subscribe(&mut self, topics: impl IntoIterator<Item = Topic>) {
        let new: Vec<Topic> = topics.into_iter().collect();
        self.say("subscribe", &new).await;
        self.topics.extend(new);
    }

    /// Follows topics no more.
    pub async fn unsubscribe(&mut self, topics: impl IntoIterator<Item = Topic>) {
        let gone: Vec<Topic> = topics.into_iter().collect();
        self.say("unsubscribe", &gone).await;
        self.topics.retain(|topic| !gone.contains(topic));
    }

    /// What happens next. A broken connection is made anew, for as long as the client tries calls again.
    ///
    /// # Errors
    /// [`Error::Refused`], where a topic is wrong; the stream goes on. Or no connection could be made; the next call
    /// tries again.
    pub async fn next(&mut self) -> Result<Event> {
        loop {
            if self.socket.is_none() {
                self.connect().await?;
                return Ok(Event::Reconnected);
            }
            let Some(text) = self.hear().await else {
                self.socket = None;
                continue;
            };
            match read(&text)? {
                Event::Other => {}
                event => return Ok(event),
            }
        }
    }

    /// The next text; none where the connection is broken.
    async fn hear(&mut self) -> Option<String> {
        let mut asked = false;
        loop {
            let socket = self.socket.as_mut()?;
            match timeout(QUIET, socket.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => return Some(text.as_str().to_owned()),
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return None,
                Ok(Some(Ok(_))) => {}
                Err(_) if asked => return None,
                Err(_) => {
                    asked = true;
                    socket.send(Message::text(r#"{"op":"ping"}"#)).await.ok()?;
                }
            }
        }
    }

    async fn say(&mut self, op: &str, topics: &[Topic]) {
        if let Some(socket) = &mut self.socket
            && socket.send(asking(op, topics.iter())).await.is_err()
        {
            self.socket = None;
        }
    }

    async fn connect(&mut self) -> Result<()> {
        let mut tried = 0;
        loop {
            let error = match self.connect_once().await {
                Ok(socket) => {
                    self.socket = Some(socket);
                    return Ok(());
                }
                Err(error) => error,
            };
            tried += 1;
            let pause = self.client.retry().pause(&error, true, tried, fastrand::f64());
            let Some(pause) = pause else { return Err(error) };
            tokio::time::sleep(pause).await;
        }
    }

    async fn connect_once(&self) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>> {
        let url = self.client.address("/v1/stream").to_string().replacen("http", "ws", 1);
        let lost =
            |reason: String| Error::Unreachable { url: url.clone(), reason, before_sent: true };
        let mut request =
            url.as_str().into_client_request().map_err(|error| lost(error.to_string()))?;
        if let Some(key) = self.client.key() {
            request.headers_mut().insert("authorization", key.clone());
        }
        let limit = self.client.timeout();
        match timeout(limit, connect_async(request)).await {
            Ok(Ok((mut socket, _))) => {
                // Before it is kept: a call that is given up on the way leaves no connection without its topics.
                let subscribe = asking("subscribe", self.topics.iter());
                socket.send(subscribe).await.map_err(|error| lost(error.to_string()))?;
                Ok(socket)
            }
            Ok(Err(tungstenite::Error::Http(answer))) => {
                let body = answer.body().as_deref().unwrap_or_default();
                Err(Error::Refused(Box::new(Problem::read(answer.status().as_u16(), None, body))))
            }
            Ok(Err(error)) => Err(lost(error.to_string())),
            Err(_) => Err(Error::Timeout { url, after: limit }),
        }
    }
}

fn asking<'a>(op: &str, topics: impl Iterator<Item = &'a Topic>) -> Message {
    let topics: Vec<String> = topics.map(Topic::to_string).collect();
    Message::text(json!({ "op": op, "topics": topics }).to_string())
}

/// An event, or what is wrong with what was said.
fn read(text: &str) -> Result<Event> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow, rename = "type")]
        kind: std::borrow::Cow<'a, str>,
    }
    let wrong = |source| Error::Answer { what: "a message of the stream".to_owned(), source };
    let Kind { kind } = serde_json::from_str(text).map_err(wrong)?;
    if kind == "error" {
        return Err(Error::Refused(Box::new(Problem::read(400, None, text.as_bytes()))));
    }
    serde_json::from_str(text).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_and_unknown_ones_passed_over() {
        let text = r#"{"type":"price","topic":"prices:a:B","symbol":"a:B","replay":true,"price":"61794.15","time":"2026-01-05T10:00:00Z"}"#;
        let Event::Price { symbol, replay: true, price, .. } = read(text).unwrap() else {
            panic!()
        };
        assert_eq!((symbol.as_str(), price.to_string().as_str()), ("a:B", "61794.15"));
        for text in [
            r#"{"type":"subscribed","topics":[]}"#,
            r#"{"type":"pong"}"#,
            r#"{"type":"news","x":1}"#,
        ] {
            assert_eq!(read(text).unwrap(), Event::Other);
        }
        let error = read(r#"{"type":"error","code":"unknown_symbol","message":"no such symbol"}"#);
        assert!(error.unwrap_err().is(&crate::Code::UNKNOWN_SYMBOL));
        assert_eq!(
            read(r#"{"type":"lagged","missed":null}"#).unwrap(),
            Event::Lagged { topic: None, missed: None }
        );
    }
}
