//! From events to the texts that connections send: each is written once, and dropped at once where
//! nobody is connected.

use std::sync::Arc;

use app::market::live::Event;
use axum::extract::ws::Utf8Bytes;
use domain::Time;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender, channel};

use super::message::ServerMessage;
use super::topic::Topic;
use crate::market::model::{Candle, Tick};
use crate::state::ApiState;

/// Messages a slow connection may fall behind before it misses some.
const BACKLOG: usize = 8_192;

/// What goes to every connection.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// A message for those who subscribed to its topic.
    Message {
        topic: String,
        /// Whether it is also for those who want all prices.
        price: bool,
        text: Utf8Bytes,
    },
    /// Something may be missing.
    Gap,
}

/// Where connections hear what happens.
pub(crate) struct Hub(Sender<Arc<Outgoing>>);

impl Default for Hub {
    fn default() -> Self {
        Self(channel(BACKLOG).0)
    }
}

impl Hub {
    /// Everything from now on.
    pub(super) fn subscribe(&self) -> Receiver<Arc<Outgoing>> {
        self.0.subscribe()
    }
}

/// Feeds the connections until the server ends.
pub(crate) async fn rebroadcast(state: ApiState, mut events: Receiver<Arc<Event>>) {
    loop {
        let event = tokio::select! {
            () = state.0.shutdown.cancelled() => return,
            event = events.recv() => event,
        };
        if matches!(event, Err(RecvError::Closed)) {
            return;
        }
        if state.0.hub.0.receiver_count() == 0 {
            continue;
        }
        let outgoing = match event {
            Ok(event) => match outgoing(&event, state.0.clock.now()) {
                Some(outgoing) => outgoing,
                None => continue,
            },
            Err(_) => Outgoing::Gap,
        };
        // The last connection may have ended just now.
        let _ = state.0.hub.0.send(Arc::new(outgoing));
    }
}

/// What connections are sent of an event, if anything.
fn outgoing(event: &Event, now: Time) -> Option<Outgoing> {
    Some(match event {
        Event::Book { .. } => return None,
        Event::Gap => Outgoing::Gap,
        Event::Candle { symbol, interval, replay, candle } => {
            let topic = Topic::Candles(symbol.clone(), *interval).to_string();
            let candle = Candle::new(candle, *interval, now);
            let (topic_text, interval) = (topic.as_str(), (*interval).into());
            let message = ServerMessage::Candle {
                topic: topic_text,
                symbol,
                interval,
                replay: *replay,
                candle,
            };
            let text = message.to_text().into();
            Outgoing::Message { topic, price: false, text }
        }
        Event::Tick { symbol, kind, replay, tick } => {
            let topic = Topic::Ticks(symbol.clone()).to_string();
            let tick = Tick::new(tick, *kind);
            let message = ServerMessage::Tick { topic: &topic, symbol, replay: *replay, tick };
            let text = message.to_text().into();
            Outgoing::Message { topic, price: false, text }
        }
        Event::Price { symbol, price } => {
            let topic = Topic::Prices(symbol.clone()).to_string();
            let message = ServerMessage::Price {
                topic: &topic,
                symbol,
                replay: price.replay,
                price: price.price.normalize(),
                time: price.time,
            };
            let text = message.to_text().into();
            Outgoing::Message { topic, price: true, text }
        }
    })
}
