//! One client: its topics, what it says, and what it is sent. Everything it is sent goes through
//! one place that gives up on a client that doesn't read.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::SinkExt;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::hub::Outgoing;
use super::message::{ClientMessage, ServerMessage};
use super::topic::Topic;
use crate::problem::{Code, Problem};
use crate::state::ApiState;

const MAX_TOPICS: usize = 200;
const MAX_MESSAGE: usize = 64 * 1024;
const PING_EVERY: Duration = Duration::from_secs(20);
/// A client that said nothing for so long, not even an answer to a ping, is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// Most events that are put together before they are sent.
const BATCH: usize = 256;

/// Serves a client until it leaves, falls silent or the server ends.
pub(super) async fn run(socket: WebSocket, state: ApiState, topics: Vec<String>) {
    let open = metrics::gauge!("chandlery_streams_open");
    open.increment(1.0);
    let events = state.0.hub.subscribe();
    let mut connection =
        Connection { socket, state, events, topics: HashSet::new(), heard: Instant::now() };
    let ended = connection.serve(topics).await;
    if let Err(Ended::TooSlow) = ended {
        metrics::counter!("chandlery_streams_given_up_total").increment(1);
        let limit = connection.state.0.settings.stream_send_limit;
        tracing::info!(?limit, "a stream's client didn't read for so long and is given up");
    }
    open.decrement(1.0);
}

/// Says what this module counts.
pub(crate) fn describe_metrics() {
    metrics::describe_gauge!("chandlery_streams_open", "WebSocket connections that are open");
    metrics::describe_counter!(
        "chandlery_streams_given_up_total",
        "WebSocket connections given up because the client did not read"
    );
    metrics::describe_counter!(
        "chandlery_stream_messages_missed_total",
        "Messages that clients which fell behind were not sent"
    );
}

/// Why a connection ends.
enum Ended {
    /// The client left, or was told to.
    Closed,
    /// The client doesn't read.
    TooSlow,
}

struct Connection {
    socket: WebSocket,
    state: ApiState,
    events: Receiver<Arc<Outgoing>>,
    topics: HashSet<String>,
    heard: Instant,
}

impl Connection {
    async fn serve(&mut self, topics: Vec<String>) -> Result<(), Ended> {
        if !topics.is_empty() {
            self.subscribe(topics).await?;
        }
        let shutdown = self.state.0.shutdown.clone();
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return self.close(close_code::AWAY, "the server ends").await,
                said = self.socket.recv() => match said {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(_)) | None => return Ok(()),
                },
                event = self.events.recv() => self.forward(event).await?,
                _ = pings.tick() => {
                    if self.heard.elapsed() > SILENCE {
                        return self.close(close_code::POLICY, "nothing was heard for 60 s").await;
                    }
                    self.send(Message::Ping(axum::body::Bytes::new())).await?;
                }
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), Ended> {
        self.heard = Instant::now();
        let text = match message {
            Message::Text(text) if text.len() <= MAX_MESSAGE => text,
            Message::Text(_) => {
                return self
                    .refuse(Code::InvalidMessage, "a message may have 64 KB".into(), None)
                    .await;
            }
            Message::Binary(_) => {
                return self
                    .refuse(Code::InvalidMessage, "send text, not binary".into(), None)
                    .await;
            }
            Message::Close(_) => return Err(Ended::Closed),
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match serde_json::from_str(&text) {
            Ok(ClientMessage::Subscribe { topics }) => self.subscribe(topics).await,
            Ok(ClientMessage::Unsubscribe { topics }) => {
                let topics: Vec<String> =
                    topics.into_iter().filter(|topic| self.topics.remove(topic)).collect();
                self.say(&ServerMessage::Unsubscribed { topics }).await
            }
            Ok(ClientMessage::Ping) => self.say(&ServerMessage::Pong).await,
            Err(error) => {
                let why = format!("{error}; send {{\"op\":\"subscribe\",\"topics\":[…]}}");
                self.refuse(Code::InvalidMessage, why, None).await
            }
        }
    }

    /// Takes the topics that are right and says what is wrong with the others.
    async fn subscribe(&mut self, wanted: Vec<String>) -> Result<(), Ended> {
        let (mut topics, mut prices) = (Vec::new(), Vec::new());
        for text in wanted {
            match self.check(&text).await {
                Ok(topic) => {
                    self.topics.insert(text.clone());
                    topics.push(text);
                    prices.extend(match topic {
                        Topic::Prices(symbol) => Some(symbol),
                        _ => None,
                    });
                }
                Err(problem) => {
                    let short = text.chars().take(200).collect();
                    self.refuse(problem.code, problem.detail.into_owned(), Some(short)).await?;
                }
            }
        }
        self.say(&ServerMessage::Subscribed { topics }).await?;
        for symbol in &prices {
            // Without a price, or a database to ask, the next trade brings one.
            if let Ok(latest) = self.state.0.reader.price(symbol).await
                && let (Some(price), Some(time)) = (latest.price, latest.time)
            {
                let topic = &Topic::Prices(symbol.clone()).to_string();
                let (price, replay) = (price.normalize(), latest.replay);
                self.say(&ServerMessage::Price { topic, symbol, replay, price, time }).await?;
            }
        }
        Ok(())
    }

    async fn check(&mut self, text: &str) -> Result<Topic, Problem> {
        let topic: Topic = text.parse().map_err(|error| Problem::new(Code::InvalidTopic, error))?;
        if self.topics.len() >= MAX_TOPICS && !self.topics.contains(text) {
            let detail = format!("a connection may have {MAX_TOPICS} topics");
            return Err(Problem::new(Code::TooManyTopics, detail));
        }
        if let Some(symbol) = topic.symbol() {
            self.state.0.reader.known(symbol).await?;
        }
        Ok(topic)
    }

    /// Sends an event and those that wait behind it, in one go.
    async fn forward(&mut self, event: Result<Arc<Outgoing>, RecvError>) -> Result<(), Ended> {
        let mut next = event.map_err(|error| match error {
            RecvError::Lagged(missed) => TryRecvError::Lagged(missed),
            RecvError::Closed => TryRecvError::Closed,
        });
        let mut texts: Vec<Utf8Bytes> = Vec::new();
        loop {
            match next {
                Ok(event) => texts.extend(self.text_of(&event)),
                Err(TryRecvError::Lagged(missed)) => {
                    metrics::counter!("chandlery_stream_messages_missed_total").increment(missed);
                    texts.push(ServerMessage::Lagged { missed: Some(missed) }.to_text().into());
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Closed) => return Err(Ended::Closed),
            }
            if texts.len() == BATCH {
                break;
            }
            next = self.events.try_recv();
        }
        if texts.is_empty() {
            return Ok(());
        }
        let (socket, limit) = (&mut self.socket, self.state.0.settings.stream_send_limit);
        let sending = async move {
            for text in texts {
                socket.feed(Message::Text(text)).await?;
            }
            socket.flush().await
        };
        within(limit, sending).await
    }

    /// What of an event this client wants.
    fn text_of(&self, event: &Outgoing) -> Option<Utf8Bytes> {
        match event {
            Outgoing::Message { topic, price, text } => {
                let wanted =
                    self.topics.contains(topic) || (*price && self.topics.contains("prices:*"));
                wanted.then(|| text.clone())
            }
            Outgoing::Gap if self.topics.is_empty() => None,
            Outgoing::Gap => Some(ServerMessage::Lagged { missed: None }.to_text().into()),
        }
    }

    async fn refuse(
        &mut self,
        code: Code,
        message: String,
        topic: Option<String>,
    ) -> Result<(), Ended> {
        self.say(&ServerMessage::Error { code, message, topic }).await
    }

    async fn say(&mut self, message: &ServerMessage<'_>) -> Result<(), Ended> {
        self.send(Message::text(message.to_text())).await
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Ended> {
        self.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        within(self.state.0.settings.stream_send_limit, self.socket.send(message)).await
    }
}

async fn within(
    limit: Duration,
    sending: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), Ended> {
    match timeout(limit, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Ended::Closed),
        Err(_) => Err(Ended::TooSlow),
    }
}
