//! From what was committed to the payloads of streams. Each is made once, and only where somebody
//! wants it; what is wanted by nobody costs a look-up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::market::live::Event;
use app::market::read::{Aggregate, FrameRequest, kept_interval};
use axum::extract::ws::Utf8Bytes;
use domain::Time;
use domain::market::{Candle, Frame, Interval, SymbolName, Tick, TickKind};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{MissedTickBehavior, interval};

use super::message;
use super::topic::{Channel, Topic};
use crate::state::ApiState;
use crate::stream::fanout::Fanout;
use crate::stream::queue::Weight;

/// How often tickers are told, as at Binance, and closed candles looked for.
const TICKER_BEAT: Duration = Duration::from_secs(1);
const CLOSE_BEAT: Duration = Duration::from_millis(250);

/// The clients of these streams.
pub(crate) type Streams = Fanout<Topic>;

/// Symbols of which something was traded since tickers were told last.
type Moved = Mutex<HashSet<SymbolName>>;

/// Feeds the clients until the server ends.
pub(crate) async fn feed(state: ApiState, events: Receiver<Arc<Event>>) {
    let moved = Moved::default();
    let feeding =
        Feed { state: &state, moved: &moved, open: HashMap::new(), aggregates: HashMap::new() };
    tokio::select! {
        () = state.0.shutdown.cancelled() => {}
        () = feeding.run(events) => {}
        () = tell_tickers(&state, &moved) => {}
    }
}

/// Gives a message to everybody who wants its channel, as they want it.
fn give(state: &ApiState, channel: &Channel, weight: Weight, render: impl FnOnce() -> Value) {
    let streams = &state.0.binance;
    let topics = channel.topics();
    if !topics.iter().any(|topic| streams.wanted(topic)) {
        return;
    }
    let raw = render().to_string();
    let [plain, combined] = &topics;
    if streams.wanted(combined) {
        let wrapped = format!("{{\"stream\":{},\"data\":{raw}}}", json!(channel.name()));
        streams.push(combined, None, weight, &wrapped.into());
    }
    streams.push(plain, None, weight, &Utf8Bytes::from(raw));
}

fn wanted(state: &ApiState, channel: &Channel) -> bool {
    channel.topics().iter().any(|topic| state.0.binance.wanted(topic))
}

struct Feed<'a> {
    state: &'a ApiState,
    moved: &'a Moved,
    /// Candles of wanted streams that were told and are not over.
    open: HashMap<(SymbolName, Frame), Open>,
    /// Aggregates of single trades that may go on.
    aggregates: HashMap<SymbolName, Aggregate>,
}

/// A candle in the making.
struct Open {
    /// What it consists of, by opening time; for a kept interval itself alone.
    parts: BTreeMap<Time, Candle>,
    whole: Candle,
}

impl Feed<'_> {
    async fn run(mut self, mut events: Receiver<Arc<Event>>) {
        let mut beat = interval(CLOSE_BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => self.take(&event).await,
                    Err(RecvError::Lagged(_)) => self.state.0.binance.gap(),
                    Err(RecvError::Closed) => return,
                },
                _ = beat.tick() => self.close(),
            }
            // The trades of one commit come together: after the last of them no more belong to it.
            loop {
                match events.try_recv() {
                    Ok(event) => self.take(&event).await,
                    Err(TryRecvError::Lagged(_)) => self.state.0.binance.gap(),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            for (symbol, aggregate) in std::mem::take(&mut self.aggregates) {
                self.tell_aggregate(&symbol, &aggregate);
            }
        }
    }

    async fn take(&mut self, event: &Event) {
        let venue = &self.state.0.settings.binance_venue;
        match event {
            Event::Gap => self.state.0.binance.gap(),
            Event::Tick { symbol, kind, tick, .. } if symbol.venue() == venue => {
                self.take_tick(symbol, *kind, tick);
            }
            Event::Candle { symbol, interval, candle, .. } if symbol.venue() == venue => {
                self.take_candle(symbol, *interval, candle).await;
            }
            Event::Book { symbol, book } if symbol.venue() == venue => {
                let channel = Channel::BookTicker(symbol.clone());
                give(self.state, &channel, Weight::Newest(0), || {
                    message::book_ticker(symbol, book)
                });
            }
            _ => {}
        }
    }

    fn take_tick(&mut self, symbol: &SymbolName, kind: TickKind, tick: &Tick) {
        let now = self.state.0.clock.now();
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).insert(symbol.clone());
        if kind == TickKind::AggTrade {
            self.tell_aggregate(symbol, &Aggregate::of_venue(tick));
            return;
        }
        let channel = Channel::Trade(symbol.clone());
        give(self.state, &channel, Weight::Every, || message::trade(symbol, tick, now));
        if !wanted(self.state, &Channel::AggTrade(symbol.clone())) {
            return;
        }
        if let Some(pending) = self.aggregates.get_mut(symbol) {
            if pending.take(tick) {
                return;
            }
            let done = std::mem::replace(pending, Aggregate::of_trade(tick));
            self.tell_aggregate(symbol, &done);
        } else {
            self.aggregates.insert(symbol.clone(), Aggregate::of_trade(tick));
        }
    }

    fn tell_aggregate(&self, symbol: &SymbolName, aggregate: &Aggregate) {
        let now = self.state.0.clock.now();
        let channel = Channel::AggTrade(symbol.clone());
        give(self.state, &channel, Weight::Every, || message::agg_trade(symbol, aggregate, now));
    }

    /// A candle concerns every frame that is made of its interval.
    async fn take_candle(&mut self, symbol: &SymbolName, interval: Interval, candle: &Candle) {
        for offset in [0, 480] {
            for frame in Frame::all().map(|frame| frame.at_offset(offset)) {
                let channel = Channel::Kline(symbol.clone(), frame);
                if frame.base() == interval && wanted(self.state, &channel) {
                    self.grow(symbol, frame, candle).await;
                }
            }
        }
    }

    async fn grow(&mut self, symbol: &SymbolName, frame: Frame, candle: &Candle) {
        let (key, open_time) = ((symbol.clone(), frame), frame.open_time(candle.open_time));
        let held = self.open.remove(&key);
        let mut parts = match held {
            Some(open) if open.whole.open_time == open_time => open.parts,
            // A late trade of a candle that is over; the one that is open goes on.
            Some(open) if open.whole.open_time > open_time => {
                self.open.insert(key, open);
                let late = self.parts(symbol, frame, candle).await;
                return self.tell_candles(symbol, frame, late.into_values(), true);
            }
            Some(open) => {
                self.tell_candles(symbol, frame, [open.whole], true);
                self.parts(symbol, frame, candle).await
            }
            None => self.parts(symbol, frame, candle).await,
        };
        parts.insert(candle.open_time, candle.clone());
        let Some(whole) = frame.gather(parts.values().cloned()).pop() else { return };
        let closed = frame.close_time(open_time) <= self.state.0.clock.now();
        self.tell_candles(symbol, frame, [whole.clone()], closed);
        if !closed {
            self.open.insert(key, Open { parts, whole });
        }
    }

    /// What is stored of the bucket that a candle stands in, with that candle.
    async fn parts(
        &self,
        symbol: &SymbolName,
        frame: Frame,
        candle: &Candle,
    ) -> BTreeMap<Time, Candle> {
        let mut parts = BTreeMap::new();
        if kept_interval(frame).is_none() {
            let open = frame.open_time(candle.open_time);
            let request = FrameRequest {
                symbol: symbol.clone(),
                frame: frame.base().into(),
                from: Some(open),
                to: frame.close_time(open),
                limit: u32::try_from(frame.base_candles()).unwrap_or(u32::MAX),
            };
            match self.state.0.reader.frames(&request).await {
                Ok(stored) => parts.extend(stored.into_iter().map(|part| (part.open_time, part))),
                Err(error) => {
                    tracing::warn!(%error, %symbol, %frame, "a candle in the making can't be read");
                    self.state.0.binance.gap();
                }
            }
        }
        parts.insert(candle.open_time, candle.clone());
        parts
    }

    /// Tells the candles of a bucket.
    fn tell_candles(
        &self,
        symbol: &SymbolName,
        frame: Frame,
        parts: impl IntoIterator<Item = Candle>,
        closed: bool,
    ) {
        let now = self.state.0.clock.now();
        let channel = Channel::Kline(symbol.clone(), frame);
        for candle in frame.gather(parts) {
            let weight = Weight::Newest(candle.open_time.micros());
            give(self.state, &channel, weight, || {
                message::kline(symbol, frame, &candle, closed, now)
            });
        }
    }

    /// Says of candles whose time is over that they are closed.
    fn close(&mut self) {
        let now = self.state.0.clock.now();
        let over = |frame: Frame, open: &Open| frame.close_time(open.whole.open_time) <= now;
        let ended: Vec<_> = self.open.extract_if(|(_, frame), open| over(*frame, open)).collect();
        for ((symbol, frame), open) in ended {
            self.tell_candles(&symbol, frame, [open.whole], true);
        }
    }
}

/// Tells the 24 hours of symbols that were traded since the last time.
async fn tell_tickers(state: &ApiState, moved: &Moved) {
    let mut beat = interval(TICKER_BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let symbols = std::mem::take(&mut *moved.lock().unwrap_or_else(PoisonError::into_inner));
        let all = [Channel::AllMiniTickers, Channel::AllTickers];
        let all = all.map(|channel| (wanted(state, &channel), channel, Vec::new()));
        let [mut minis, mut fulls] = all;
        for symbol in symbols {
            let mini = Channel::MiniTicker(symbol.clone());
            let full = Channel::Ticker(symbol.clone());
            let own = [wanted(state, &mini), wanted(state, &full)];
            if !(own[0] || own[1] || minis.0 || fulls.0) {
                continue;
            }
            // Without a database the next second may bring one.
            let Ok(Some(day)) = state.0.reader.day(&symbol).await else { continue };
            let now = state.0.clock.now();
            let short = message::mini_ticker(&symbol, &day, now);
            let long = message::ticker(&symbol, &day, state.0.live.book(&symbol), now);
            give(state, &mini, Weight::Newest(0), || short.clone());
            give(state, &full, Weight::Newest(0), || long.clone());
            minis.2.push(short);
            fulls.2.push(long);
        }
        for (_, channel, rows) in [minis, fulls].into_iter().filter(|(_, _, rows)| !rows.is_empty())
        {
            give(state, &channel, Weight::Newest(0), || Value::Array(rows));
        }
    }
}
