//! One client: the streams it wants, what it says, and what it is sent.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use domain::market::TickKind;
use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::topic::{Channel, Topic};
use crate::auth::admission::{Admission, OVER};
use crate::state::ApiState;
use crate::stream::fanout::Client;
use crate::stream::queue::Sent;

/// Binance's limit of streams on one connection.
const MOST_STREAMS: usize = 1_024;
const PING_EVERY: Duration = Duration::from_secs(20);
/// A client that answered no ping for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// Most messages that are put together before they are sent.
const BATCH: usize = 256;

/// Why a connection ends.
struct Ended;

/// Why a request on the connection is refused: Binance's code and words.
struct Refused(i32, String);

pub(super) struct Connection {
    pub(super) socket: WebSocket,
    pub(super) state: ApiState,
    pub(super) admission: Admission,
    pub(super) client: Client<Topic>,
    pub(super) channels: Vec<Channel>,
    pub(super) combined: bool,
}

impl Connection {
    /// Serves the client until it leaves, falls silent or too far behind, or the server ends.
    pub(super) async fn run(mut self) {
        let open = metrics::gauge!("chandlery_streams_open");
        open.increment(1.0);
        let _ = self.serve().await;
        open.decrement(1.0);
    }

    async fn serve(&mut self) -> Result<(), Ended> {
        let shutdown = self.state.0.shutdown.clone();
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => {
                    self.announce_end().await?;
                    return self.close(close_code::AWAY, "the server ends").await;
                }
                () = self.admission.ended() => return self.close(close_code::POLICY, OVER).await,
                said = self.socket.recv() => {
                    heard = Instant::now();
                    match said {
                        Some(Ok(Message::Text(text))) => self.hear(&text).await?,
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Ended),
                        // Pings are answered by the library.
                        Some(Ok(_)) => {}
                    }
                }
                () = self.client.ready() => self.forward().await?,
                _ = pings.tick() => {
                    if heard.elapsed() > SILENCE {
                        return self.close(close_code::POLICY, "Pong timeout").await;
                    }
                    let now = self.state.0.clock.now().millis().to_string();
                    self.send(Message::Ping(now.into())).await?;
                }
            }
        }
    }

    /// As Binance does before it disconnects a client of its own accord.
    async fn announce_end(&mut self) -> Result<(), Ended> {
        let data = json!({ "e": "serverShutdown", "E": self.state.0.clock.now().millis() });
        let message = match self.combined {
            true => json!({ "stream": "!serverShutdown", "data": data }),
            false => data,
        };
        self.say(&message).await
    }

    async fn hear(&mut self, text: &str) -> Result<(), Ended> {
        let request: Value = match serde_json::from_str(text) {
            Ok(request) => request,
            Err(error) => {
                let at = format!("line {} column {}", error.line(), error.column());
                let message = format!("Invalid JSON: expected value at {at}");
                return self.say(&json!({ "code": 3, "msg": message })).await;
            }
        };
        let id = request.get("id").cloned();
        let usable = match &id {
            Some(Value::Number(number)) => number.is_i64() || number.is_u64(),
            Some(Value::String(text)) => {
                text.len() <= 36
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            }
            Some(Value::Null) => true,
            _ => false,
        };
        let answer = if usable {
            self.answer(&request).await
        } else {
            let why = "Invalid request: request ID must be an unsigned integer";
            Err(Refused(2, why.to_owned()))
        };
        let message = match answer {
            Ok(result) => json!({ "result": result, "id": id }),
            Err(Refused(code, why)) => json!({ "code": code, "msg": why, "id": id }),
        };
        self.say(&message).await
    }

    async fn answer(&mut self, request: &Value) -> Result<Value, Refused> {
        let invalid = |why: &str| Refused(2, format!("Invalid request: {why}"));
        let Some(method) = request.get("method") else {
            return Err(invalid("missing field `method`"));
        };
        match method.as_str().unwrap_or_default() {
            "SUBSCRIBE" => {
                for name in names(request)? {
                    self.subscribe(&name).await?;
                }
                Ok(Value::Null)
            }
            "UNSUBSCRIBE" => {
                for name in names(request)? {
                    if let Some(channel) = self.channel(&name) {
                        self.leave(&channel);
                    }
                }
                Ok(Value::Null)
            }
            "LIST_SUBSCRIPTIONS" => Ok(self.channels.iter().map(Channel::name).collect()),
            "SET_PROPERTY" => {
                let value = property(request)?.get(1).and_then(Value::as_bool);
                let text = "Invalid value type: expected Boolean";
                self.set_combined(value.ok_or_else(|| Refused(1, text.to_owned()))?);
                Ok(Value::Null)
            }
            "GET_PROPERTY" => property(request).map(|_| json!(self.combined)),
            method => Err(invalid(&format!(
                "unknown variant `{method}`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, \
                 `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"
            ))),
        }
    }

    fn channel(&self, name: &str) -> Option<Channel> {
        Channel::parse(&self.state.0.settings.binance_venue, name)
    }

    /// Takes a stream. One that doesn't exist is passed over, as at Binance; one that exists there
    /// and of which nothing can ever come here is refused.
    async fn subscribe(&mut self, name: &str) -> Result<(), Refused> {
        let Some(channel) = self.channel(name) else { return Ok(()) };
        if self.channels.contains(&channel) {
            return Ok(());
        }
        if self.channels.len() >= MOST_STREAMS {
            return Err(Refused(2, format!("Invalid request: more than {MOST_STREAMS} streams")));
        }
        if let Channel::Trade(symbol) = &channel
            && let Ok(Some(TickKind::AggTrade)) = self.state.0.reader.newest_kind(symbol).await
        {
            let code = symbol.code().to_ascii_lowercase();
            let why = format!("only aggregate trades are kept; subscribe to {code}@aggTrade");
            return Err(Refused(2, format!("Invalid request: {why}")));
        }
        self.enter(channel);
        Ok(())
    }

    pub(super) fn enter(&mut self, channel: Channel) {
        self.client.subscribe(Topic { channel: channel.clone(), combined: self.combined });
        self.channels.push(channel);
    }

    fn leave(&mut self, channel: &Channel) {
        self.client.unsubscribe(&Topic { channel: channel.clone(), combined: self.combined });
        self.channels.retain(|held| held != channel);
    }

    fn set_combined(&mut self, combined: bool) {
        if combined == self.combined {
            return;
        }
        let channels = std::mem::take(&mut self.channels);
        for channel in &channels {
            self.client.unsubscribe(&Topic { channel: channel.clone(), combined: self.combined });
        }
        self.combined = combined;
        channels.into_iter().for_each(|channel| self.enter(channel));
    }

    /// Sends what waits, in one go. Where trades were left out the connection ends, for Binance has
    /// no message for that and a client that connects anew knows that it has to catch up.
    async fn forward(&mut self) -> Result<(), Ended> {
        let mut texts: Vec<Utf8Bytes> = Vec::new();
        let mut lost = false;
        for sent in self.client.take(BATCH) {
            match sent {
                Sent::Text(text) => texts.push(text),
                Sent::Missed(..) => lost = true,
                Sent::Gap => lost |= self.channels.iter().any(Channel::counts_each),
            }
        }
        if lost {
            metrics::counter!("chandlery_streams_given_up_total").increment(1);
            return self.close(close_code::POLICY, "messages were lost; connect anew").await;
        }
        let socket = &mut self.socket;
        let sending = async move {
            for text in texts {
                socket.feed(Message::Text(text)).await?;
            }
            socket.flush().await
        };
        within(self.state.0.settings.stream_send_limit, sending).await
    }

    async fn say(&mut self, message: &Value) -> Result<(), Ended> {
        self.send(Message::text(message.to_string())).await
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), Ended> {
        self.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
        Err(Ended)
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        within(self.state.0.settings.stream_send_limit, self.socket.send(message)).await
    }
}

/// The names in a request's parameters.
fn names(request: &Value) -> Result<Vec<String>, Refused> {
    let names = request.get("params").cloned().unwrap_or_default();
    let why = "Invalid request: params must be a list of stream names";
    serde_json::from_value(names).map_err(|_| Refused(2, why.to_owned()))
}

/// The parameters of a request about the only property there is, `combined`.
fn property(request: &Value) -> Result<&[Value], Refused> {
    let params = request.get("params").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let text = "Invalid request: property name must be a string";
    let name = params.first().and_then(Value::as_str);
    match name.ok_or_else(|| Refused(2, text.to_owned()))? {
        "combined" => Ok(params),
        _ => Err(Refused(0, "Unknown property".to_owned())),
    }
}

async fn within(
    limit: Duration,
    sending: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), Ended> {
    match timeout(limit, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Ended),
    }
}
