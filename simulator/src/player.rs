//! Plays the market: every few milliseconds it sees how far the venue's clock has come and hands
//! the messages of what happened meanwhile to the connections that want them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use domain::Time;
use domain::market::{Interval, Tick, TickKind};
use tokio::time::MissedTickBehavior;

use crate::Faults;
use crate::binance::json;
use crate::coinbase;
use crate::forming::Forming;
use crate::market::Symbol;
use crate::sessions::{Stream, Topic, Wire};
use crate::world::World;

/// How often it looks at the clock.
const STEP: Duration = Duration::from_millis(10);
/// How much of the venue's time lies between two messages about the same forming candle or day.
const PACE_MICROS: i64 = 1_000_000;

/// How far one symbol was played.
#[derive(Debug, Default)]
struct Progress {
    trades: u64,
    aggs: u64,
    klines: BTreeMap<Interval, Forming>,
    told_day: Option<Time>,
    told_life: Option<Time>,
}

/// Plays until the simulator stops.
pub(crate) async fn play(world: Arc<World>) {
    let mut ticker = tokio::time::interval(STEP);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut progress = start(&world, world.market.start);
    loop {
        tokio::select! {
            _ = ticker.tick() => {}
            () = world.stop.cancelled() => return,
        }
        let (now, jump) = world.look();
        if let Some(to) = jump {
            progress = start(&world, to);
        }
        let wires = step(&world, &mut progress, now);
        if !wires.is_empty() {
            let sent = world.sessions.deliver(&wires).await;
            world.messages.fetch_add(sent, Ordering::Relaxed);
        }
    }
}

/// Everything before `at` counts as told.
fn start(world: &World, at: Time) -> Vec<Progress> {
    let told = |symbol: &Symbol, kind| symbol.tape(kind).map_or(0, |tape| tape.first_at(at));
    let symbols = world.market.symbols.iter();
    symbols
        .map(|symbol| Progress {
            trades: told(symbol, TickKind::Trade),
            aggs: told(symbol, TickKind::AggTrade),
            ..Progress::default()
        })
        .collect()
}

/// The messages of what happened until `now`.
fn step(world: &World, progress: &mut [Progress], now: Time) -> Vec<Wire> {
    let interest = world.sessions.interest();
    let faults = world.faults();
    let none = BTreeSet::new();
    let mut wires = Vec::new();
    for (at, (symbol, progress)) in world.market.symbols.iter().zip(progress).enumerate() {
        let trades = advance(symbol, TickKind::Trade, &mut progress.trades, now);
        let aggs = advance(symbol, TickKind::AggTrade, &mut progress.aggs, now);
        let topics = interest.get(&at).unwrap_or(&none);
        progress.klines.retain(|interval, _| topics.contains(&Topic::Kline(*interval)));
        if topics.is_empty() {
            continue;
        }
        let mut scene = Scene { world, faults: &faults, symbol, at, now, wires: &mut wires };
        scene.tell(progress, topics, trades, aggs);
    }
    wires
}

fn advance(symbol: &Symbol, kind: TickKind, told: &mut u64, now: Time) -> Range<u64> {
    let from = *told;
    *told = symbol.tape(kind).map_or(0, |tape| tape.played(now)).max(from);
    from..*told
}

/// One symbol in one step.
struct Scene<'a> {
    world: &'a World,
    faults: &'a Faults,
    symbol: &'a Symbol,
    at: usize,
    now: Time,
    wires: &'a mut Vec<Wire>,
}

impl Scene<'_> {
    fn tell(
        &mut self,
        progress: &mut Progress,
        topics: &BTreeSet<Topic>,
        trades: Range<u64>,
        aggs: Range<u64>,
    ) {
        let symbol = self.symbol;
        let singles = symbol.trades.is_some();
        let of_candles = if singles { trades.clone() } else { aggs.clone() };
        let by_trade = |t: &Topic| !matches!(t, Topic::AggTrade | Topic::Heartbeat);
        let ticks: Vec<Tick> = match symbol.ticks() {
            Some(tape) if topics.iter().any(by_trade) => tape.ticks(of_candles).collect(),
            _ => Vec::new(),
        };
        for topic in topics {
            match topic {
                Topic::Trade if singles => self.each(*topic, &ticks, json::trade),
                Topic::Match if singles => self.each(*topic, &ticks, coinbase::json::of_match),
                Topic::Ticker if singles => self.each(*topic, &ticks, coinbase::json::ticker),
                Topic::AggTrade => {
                    let Some(tape) = &symbol.aggs else { continue };
                    for at in aggs.clone() {
                        let agg = tape.aggregate(at);
                        let event = self.event(agg.0.time);
                        self.push(*topic, json::agg_trade(symbol, &agg, event));
                    }
                }
                Topic::BookTicker => {
                    if let Some(tick) = ticks.last() {
                        let book = json::Book::after(symbol, tick);
                        self.push(*topic, json::book_ticker(symbol, &book));
                    }
                }
                Topic::Kline(interval) => self.klines(progress, *interval, &ticks),
                Topic::MiniTicker => self.day(progress, !ticks.is_empty()),
                Topic::Heartbeat => self.life(progress),
                Topic::Trade | Topic::Match | Topic::Ticker => {}
            }
        }
    }

    fn each(&mut self, topic: Topic, ticks: &[Tick], put: fn(&Symbol, &Tick, Time) -> String) {
        for tick in ticks {
            let body = put(self.symbol, tick, self.event(tick.time));
            self.push(topic, body);
        }
    }

    fn klines(&mut self, progress: &mut Progress, interval: Interval, ticks: &[Tick]) {
        let (symbol, now) = (self.symbol, self.now);
        let forming =
            progress.klines.entry(interval).or_insert_with(|| Forming::new(interval, now));
        for told in forming.advance(symbol, ticks, now, PACE_MICROS) {
            let close = interval.close_time(told.candle.open_time);
            let event = self.event(if told.closed { close } else { now });
            let body = json::kline(symbol, interval, &told.candle, told.ids, told.closed, event);
            self.push(Topic::Kline(interval), body);
        }
    }

    fn day(&mut self, progress: &mut Progress, traded: bool) {
        let due = progress.told_day.is_none_or(|told| told.plus_micros(PACE_MICROS) <= self.now);
        if !(traded && due) {
            return;
        }
        progress.told_day = Some(self.now);
        if let Some(day) = self.symbol.day(self.now) {
            let body = json::mini_ticker(self.symbol, &day.candle, self.event(self.now));
            self.push(Topic::MiniTicker, body);
        }
    }

    fn life(&mut self, progress: &mut Progress) {
        if progress.told_life.is_none_or(|told| told.plus_micros(PACE_MICROS) <= self.now) {
            progress.told_life = Some(self.now);
            let last = self.symbol.last(self.now).map_or(0, |tick| tick.trade_id);
            let body = coinbase::json::heartbeat(self.symbol, last, self.event(self.now));
            self.push(Topic::Heartbeat, body);
        }
    }

    /// When the venue's clock says that it tells of something that happened at `time`.
    fn event(&self, time: Time) -> Time {
        self.world.told(time, self.faults)
    }

    fn push(&mut self, topic: Topic, body: String) {
        let stream = Stream { symbol: self.at, topic };
        self.wires.push(Wire { stream, body: Utf8Bytes::from(body) });
    }
}
