//! From events to the texts that clients are sent: each is written once, and only where somebody
//! wants it.

use std::sync::Arc;

use app::News;
use app::ledger::OrderNews;
use app::market::live::Event;
use app::trading::BotNews;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::fanout::Fanout;
use super::message::ServerMessage;
use super::queue::Weight;
use super::topic::{Mine, Own, Topic};
use crate::market::model::{Candle, Tick};
use crate::state::ApiState;

/// The clients of `/v1/stream`.
pub(crate) type Hub = Fanout<Topic>;

/// Feeds the clients until the server ends.
pub(crate) async fn rebroadcast(state: ApiState, mut events: Receiver<Arc<Event>>) {
    let hub = &state.0.hub;
    loop {
        let event = tokio::select! {
            () = state.0.shutdown.cancelled() => return,
            event = events.recv() => event,
        };
        match event {
            Ok(event) => give(&state, hub, &event),
            Err(RecvError::Lagged(_)) => hub.gap(),
            Err(RecvError::Closed) => return,
        }
    }
}

fn give(state: &ApiState, hub: &Hub, event: &Event) {
    match event {
        Event::Gap => hub.gap(),
        Event::Candle { symbol, interval, replay, candle } => {
            let topic = Topic::Candles(symbol.clone(), *interval);
            let weight = Weight::Newest(candle.open_time.micros());
            send(hub, &topic, None, weight, |topic| {
                let candle = Candle::new(candle, *interval, state.0.clock.now());
                let (interval, replay) = ((*interval).into(), *replay);
                ServerMessage::Candle { topic, symbol, interval, replay, candle }.to_text()
            });
        }
        Event::Tick { symbol, kind, replay, tick } => {
            let topic = Topic::Ticks(symbol.clone());
            send(hub, &topic, None, Weight::Every, |topic| {
                let tick = Tick::new(tick, *kind);
                ServerMessage::Tick { topic, symbol, replay: *replay, tick }.to_text()
            });
        }
        Event::Price { symbol, price } => {
            let topic = Topic::Prices(symbol.clone());
            let wider = Some(&Topic::AllPrices);
            send(hub, &topic, wider, Weight::Newest(0), |topic| {
                let (replay, time) = (price.replay, price.time);
                let price = price.price.normalize();
                ServerMessage::Price { topic, symbol, replay, price, time }.to_text()
            });
        }
        Event::Book { symbol, book } => {
            let topic = Topic::Books(symbol.clone());
            send(hub, &topic, None, Weight::Newest(0), |topic| {
                ServerMessage::book(topic, symbol, book).to_text()
            });
        }
    }
}

/// What changed of people's own things.
pub(crate) struct OwnNews {
    orders: Receiver<Arc<OrderNews>>,
    bots: Receiver<Arc<BotNews>>,
}

impl OwnNews {
    /// From now on.
    pub(crate) fn of(state: &ApiState) -> Self {
        Self { orders: state.0.ledger.changes(), bots: state.0.trading.changes() }
    }

    /// Feeds the clients until the server ends.
    pub(crate) async fn rebroadcast(mut self, state: ApiState) {
        let hub = &state.0.hub;
        loop {
            let missed = tokio::select! {
                () = state.0.shutdown.cancelled() => return,
                news = self.orders.recv() => news.map(|news| tell_order(hub, &news)).err(),
                news = self.bots.recv() => news.map(|news| tell_bot(hub, &news)).err(),
            };
            match missed {
                None => {}
                Some(RecvError::Lagged(_)) => hub.gap(),
                Some(RecvError::Closed) => return,
            }
        }
    }
}

fn tell_order(hub: &Hub, news: &OrderNews) {
    let News::Changed((user, change)) = news else { return hub.gap() };
    // Each counts: an order's fills are told once.
    send_own(hub, Own::Orders, (*user, change.order.account), Weight::Every, |topic| {
        ServerMessage::Order { topic, change }.to_text()
    });
}

fn tell_bot(hub: &Hub, news: &BotNews) {
    let News::Changed((user, bot)) = news else { return hub.gap() };
    send_own(hub, Own::Bots, (*user, bot.id), Weight::Newest(0), |topic| {
        ServerMessage::Bot { topic, bot }.to_text()
    });
}

fn send_own(
    hub: &Hub,
    own: Own,
    (user, id): (Uuid, Uuid),
    weight: Weight,
    render: impl FnOnce(&str) -> String,
) {
    let topic = Topic::Own(own, Mine { user, id: Some(id) });
    let all = Topic::Own(own, Mine { user, id: None });
    send(hub, &topic, Some(&all), weight, render);
}

fn send(
    hub: &Hub,
    topic: &Topic,
    wider: Option<&Topic>,
    weight: Weight,
    render: impl FnOnce(&str) -> String,
) {
    if hub.wanted(topic) || wider.is_some_and(|wider| hub.wanted(wider)) {
        hub.push(topic, wider, weight, &render(&topic.to_string()).into());
    }
}
