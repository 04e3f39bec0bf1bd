//! One client: its topics, what it says, and what it is sent. Everything it is sent goes through
//! one place that gives up on a client that doesn't read.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::SinkExt;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::fanout::Client;
use super::message::{ClientMessage, ServerMessage};
use super::queue::Sent;
use super::topic::{Mine, Own, Topic};
use crate::auth::admission::{Admission, OVER};
use crate::problem::{Code, Problem};
use crate::state::ApiState;

const MAX_TOPICS: usize = 200;
const MAX_MESSAGE: usize = 64 * 1024;
const PING_EVERY: Duration = Duration::from_secs(20);
/// A client that said nothing for so long, not even an answer to a ping, is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// Most events that are put together before they are sent.
const BATCH: usize = 256;
/// Between two sendings, so that many events become few packets. What comes after a silence goes
/// out at once.
const PACE: Duration = Duration::from_millis(5);

/// Serves a client until it leaves, falls silent or the server ends.
pub(super) async fn run(
    socket: WebSocket,
    state: ApiState,
    admission: Admission,
    topics: Vec<String>,
) {
    let open = metrics::gauge!("chandlery_streams_open");
    open.increment(1.0);
    let (client, heard) = (state.0.hub.join(), Instant::now());
    let mut connection = Connection { socket, state, admission, client, heard };
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
    metrics::describe_counter!("chandlery_streams_sent_total", "Events sent to clients");
    metrics::describe_counter!(
        "chandlery_streams_conflated_total",
        "States that a newer one replaced before a client had taken them"
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
    admission: Admission,
    client: Client<Topic>,
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
        let mut next = Instant::now();
        loop {
            let client = &self.client;
            let due = async {
                client.ready().await;
                sleep_until(next).await;
            };
            tokio::select! {
                () = shutdown.cancelled() => return self.close(close_code::AWAY, "the server ends").await,
                () = self.admission.ended() => return self.close(close_code::POLICY, OVER).await,
                said = self.socket.recv() => match said {
                    Some(Ok(message)) => self.hear(message).await?,
                    Some(Err(_)) | None => return Ok(()),
                },
                () = due => {
                    self.forward().await?;
                    next = Instant::now() + PACE;
                }
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
                let left = |text: &String| {
                    let owned = |topic: Topic| topic.of(self.admission.owner().unwrap_or_default());
                    text.parse().map(owned).is_ok_and(|topic| self.client.unsubscribe(&topic))
                };
                let topics: Vec<String> = topics.into_iter().filter(left).collect();
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
        let (mut taken, mut topics) = (Vec::new(), Vec::new());
        for text in wanted {
            match self.check(&text).await {
                Ok(topic) => {
                    self.client.subscribe(topic.clone());
                    taken.push(topic);
                    topics.push(text);
                }
                Err(problem) => {
                    let short = text.chars().take(200).collect();
                    self.refuse(problem.code, problem.detail.into_owned(), Some(short)).await?;
                }
            }
        }
        self.say(&ServerMessage::Subscribed { topics }).await?;
        for topic in &taken {
            self.tell_state(topic).await?;
        }
        Ok(())
    }

    /// Says what is known at once of a topic that tells a state.
    async fn tell_state(&mut self, topic: &Topic) -> Result<(), Ended> {
        let text = topic.to_string();
        let topic_text = text.as_str();
        match topic {
            Topic::Prices(symbol) => {
                // Without a price, or a database to ask, the next trade brings one.
                if let Ok(latest) = self.state.0.reader.price(symbol).await
                    && let (Some(price), Some(time)) = (latest.price, latest.time)
                {
                    let (topic, price, replay) = (topic_text, price.normalize(), latest.replay);
                    self.say(&ServerMessage::Price { topic, symbol, replay, price, time }).await?;
                }
            }
            Topic::Books(symbol) => {
                if let Some(book) = self.state.0.live.book(symbol) {
                    self.say(&ServerMessage::book(topic_text, symbol, &book)).await?;
                }
            }
            Topic::Candles(..) | Topic::Ticks(_) | Topic::AllPrices | Topic::Own(..) => {}
        }
        Ok(())
    }

    async fn check(&mut self, text: &str) -> Result<Topic, Problem> {
        let mut topic: Topic =
            text.parse().map_err(|error| Problem::new(Code::InvalidTopic, error))?;
        if let Some(scope) = topic.scope() {
            topic = topic.of(self.admission.own(scope).await?);
        }
        if self.client.topic_count() >= MAX_TOPICS && !self.client.wants(&topic) {
            let detail = format!("a connection may have {MAX_TOPICS} topics");
            return Err(Problem::new(Code::TooManyTopics, detail));
        }
        if let Some(symbol) = topic.symbol() {
            self.state.0.reader.known(symbol).await?;
        }
        match &topic {
            Topic::Own(Own::Bots, Mine { user, id: Some(bot) }) => {
                self.state.0.trading.bot(*user, *bot).await?;
            }
            Topic::Own(Own::Orders, Mine { user, id: Some(account) }) => {
                self.state.0.ledger.own(*user, *account).await?;
            }
            _ => {}
        }
        Ok(topic)
    }

    /// Sends what waits, in one go.
    async fn forward(&mut self) -> Result<(), Ended> {
        let waiting = self.client.take(BATCH);
        metrics::counter!("chandlery_streams_sent_total").increment(waiting.len() as u64);
        let (socket, limit) = (&mut self.socket, self.state.0.settings.stream_send_limit);
        let sending = async move {
            for sent in waiting {
                socket.feed(Message::Text(text_of(sent))).await?;
            }
            socket.flush().await
        };
        within(limit, sending).await
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

fn text_of(sent: Sent<Topic>) -> Utf8Bytes {
    match sent {
        Sent::Text(text) => text,
        Sent::Missed(topic, missed) => {
            let (topic, missed) = (topic.to_string(), Some(missed));
            ServerMessage::Lagged { topic: Some(&topic), missed }.to_text().into()
        }
        Sent::Gap => ServerMessage::Lagged { topic: None, missed: None }.to_text().into(),
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
