//! What the simulated venue lists, and what happened there until a moment: the truth, which no
//! fault changes.

use std::collections::{BTreeMap, HashMap};

use domain::market::{Candle, Interval, SymbolName, Tick, TickKind, roll_from, split_assets};
use domain::{Decimal, Time};

use crate::faults::mix;
use crate::options::{Options, Recording};
use crate::synthetic::Synthetic;
use crate::tape::{Recorded, Tape};

const MINUTE: i64 = 60_000_000;

/// All symbols of the venue.
#[derive(Debug)]
pub(crate) struct Market {
    pub(crate) symbols: Vec<Symbol>,
    /// The venue's time when playing starts.
    pub(crate) start: Time,
    codes: HashMap<String, usize>,
    products: HashMap<String, usize>,
}

/// One symbol, under the names that Binance and Coinbase would give it.
#[derive(Debug)]
pub(crate) struct Symbol {
    /// As it was recorded.
    pub(crate) name: SymbolName,
    /// `BTCUSDT`
    pub(crate) code: String,
    /// `BTC-USDT`
    pub(crate) product: String,
    pub(crate) base: String,
    pub(crate) quote: String,
    /// Most digits after the point of a price and of a quantity.
    pub(crate) price_scale: u32,
    pub(crate) quantity_scale: u32,
    pub(crate) trades: Option<Tape>,
    pub(crate) aggs: Option<Tape>,
    /// Recorded candles, and longer ones rolled up from them.
    pub(crate) candles: BTreeMap<Interval, BTreeMap<Time, Candle>>,
}

#[derive(Default)]
struct Parts {
    trades: Vec<Tick>,
    aggs: Vec<Tick>,
    candles: BTreeMap<Interval, BTreeMap<Time, Candle>>,
    synthetic: Option<Synthetic>,
}

impl Market {
    /// Puts the recordings together. `now` is the real time.
    pub(crate) fn new(options: &Options, now: Time) -> Self {
        let mut names: Vec<SymbolName> = Vec::new();
        let mut parts: HashMap<SymbolName, Parts> = HashMap::new();
        for recording in &options.recordings {
            for (place, symbol) in recording.symbols().iter().enumerate() {
                let part = parts.entry(symbol.clone()).or_insert_with(|| {
                    names.push(symbol.clone());
                    Parts::default()
                });
                part.add(recording, place, options.seed);
            }
        }
        let extent = Extent::of(options);
        let start = options.from.or(extent.start).unwrap_or(now);
        let start = start.plus_micros(options.warmup.as_micros() as i64);
        let longest = parts.values().flat_map(|p| p.candles.keys()).max();
        let step = longest.map_or(MINUTE, |interval| interval.micros());
        let shift = if options.to_now {
            (now.micros() - start.micros()).div_euclid(step) * step
        } else {
            0
        };
        let round = options.looped.then(|| extent.round_micros());
        let symbols: Vec<Symbol> = names
            .into_iter()
            .filter_map(|name| parts.remove_entry(&name))
            .map(|(name, part)| Symbol::new(name, part, shift, round))
            .collect();
        // What was recorded at the venue itself goes before what another calls the same.
        let index = |venue: &str, pick: fn(&Symbol) -> &String| {
            let (own, others): (Vec<_>, Vec<_>) =
                symbols.iter().enumerate().partition(|(_, s)| s.name.venue() == venue);
            others.into_iter().chain(own).map(|(at, s)| (pick(s).clone(), at)).collect()
        };
        Self {
            codes: index("binance", |symbol| &symbol.code),
            products: index("coinbase", |symbol| &symbol.product),
            symbols,
            start: if options.to_now { now } else { start },
        }
    }

    /// The symbol that Binance calls so.
    pub(crate) fn by_code(&self, code: &str) -> Option<(usize, &Symbol)> {
        self.codes.get(code).map(|at| (*at, &self.symbols[*at]))
    }

    /// The symbol that Coinbase calls so.
    pub(crate) fn by_product(&self, product: &str) -> Option<(usize, &Symbol)> {
        self.products.get(product).map(|at| (*at, &self.symbols[*at]))
    }
}

/// When trades were recorded, over all recordings.
struct Extent {
    start: Option<Time>,
    end: Option<Time>,
}

impl Extent {
    fn of(options: &Options) -> Self {
        let (mut first, mut last, mut candles) = (None, None, None);
        for recording in &options.recordings {
            match recording {
                Recording::Ticks { ticks, .. } => {
                    let times = || ticks.iter().map(|tick| tick.time);
                    first = first.into_iter().chain(times()).min();
                    last = last.max(times().max());
                }
                Recording::Candles { interval, candles: recorded, .. } => {
                    let end = recorded.iter().map(|c| interval.close_time(c.open_time)).max();
                    candles = candles.max(end);
                }
                Recording::Synthetic { from, .. } => first = first.into_iter().chain([*from]).min(),
            }
        }
        Self { start: first.or(candles), end: last }
    }

    /// Whole minutes, so that the candles of each round begin alike.
    fn round_micros(&self) -> i64 {
        let length = self.start.zip(self.end).map_or(0, |(a, b)| b.micros() - a.micros());
        (length.max(0) / MINUTE + 1) * MINUTE
    }
}

impl Parts {
    fn add(&mut self, recording: &Recording, place: usize, seed: u64) {
        match recording {
            Recording::Ticks { kind: TickKind::Trade, ticks, .. } => {
                self.trades.extend_from_slice(ticks);
            }
            Recording::Ticks { kind: TickKind::AggTrade, ticks, .. } => {
                self.aggs.extend_from_slice(ticks);
            }
            Recording::Candles { interval, candles, .. } => {
                let of = self.candles.entry(*interval).or_default();
                of.extend(candles.iter().map(|candle| (candle.open_time, candle.clone())));
            }
            Recording::Synthetic { symbols, rate, from, to } => {
                let seed = mix(seed ^ mix(place as u64));
                let rate = rate / symbols.len().max(1) as f64;
                self.synthetic = Some(Synthetic::new(seed, rate, *from, *to));
            }
        }
    }

    fn shift(&mut self, micros: i64) {
        for tick in self.trades.iter_mut().chain(&mut self.aggs) {
            tick.time = tick.time.plus_micros(micros);
        }
        for candles in self.candles.values_mut() {
            let shifted = std::mem::take(candles).into_values().map(|candle| {
                let open_time = candle.open_time.plus_micros(micros);
                (open_time, Candle { open_time, ..candle })
            });
            *candles = shifted.collect();
        }
        if let Some(synthetic) = &mut self.synthetic {
            synthetic.shift(micros);
        }
    }

    /// Drops the candles that the trades of later rounds will make anew.
    fn end_with_trades(&mut self) {
        let Some(first) = self.trades.iter().chain(&self.aggs).map(|tick| tick.time).min() else {
            return;
        };
        for (interval, candles) in &mut self.candles {
            candles.retain(|open, _| interval.close_time(*open) <= first);
        }
        self.candles.retain(|_, candles| !candles.is_empty());
    }

    /// Fills in the intervals above the recorded ones. A longer candle in which trades come after
    /// the last recorded one is left to be made when it is asked for.
    fn roll_up(&mut self, looped: bool) {
        let times = || self.trades.iter().chain(&self.aggs).map(|tick| tick.time);
        let last = if looped { Some(Time::MAX) } else { times().max() };
        let traded = times().min().zip(last);
        let recorded: Vec<Interval> = self.candles.keys().copied().collect();
        for interval in recorded {
            let last = self.candles[&interval].last_key_value().map(|(open, _)| *open);
            let end = last.map_or(Time::MIN, |open| interval.close_time(open));
            let rolls = roll_from(interval, self.candles[&interval].values());
            for roll in rolls.into_iter().filter(|roll| roll.interval > interval) {
                let close = roll.interval.close_time(roll.candle.open_time);
                if traded.is_some_and(|(first, last)| first.max(end) < close && last >= end) {
                    continue;
                }
                let longer = self.candles.entry(roll.interval).or_default();
                longer.entry(roll.candle.open_time).or_insert(roll.candle);
            }
        }
    }
}

impl Symbol {
    fn new(name: SymbolName, mut parts: Parts, shift: i64, round: Option<i64>) -> Self {
        if shift != 0 {
            parts.shift(shift);
        }
        if round.is_some() {
            parts.end_with_trades();
        }
        let ticks = || parts.trades.iter().chain(&parts.aggs);
        let candles = || parts.candles.values().flat_map(BTreeMap::values);
        let (mut price_scale, mut quantity_scale) = (0, 0);
        for tick in ticks() {
            price_scale = price_scale.max(tick.price.normalize().scale());
            quantity_scale = quantity_scale.max(tick.quantity.normalize().scale());
        }
        for candle in candles() {
            price_scale = price_scale.max(candle.close.normalize().scale());
            quantity_scale = quantity_scale.max(candle.volume.scale());
        }
        if let Some(synthetic) = &parts.synthetic {
            (price_scale, quantity_scale) = synthetic.scales();
        }
        parts.roll_up(round.is_some());
        let (base, quote) = split_assets(name.code())
            .unwrap_or_else(|| (name.code().to_ascii_uppercase(), "USD".to_owned()));
        let joined: String = name.code().chars().filter(char::is_ascii_alphanumeric).collect();
        let recorded = (!parts.trades.is_empty()).then(|| Recorded::new(parts.trades, round));
        let aggs = match (parts.aggs, &recorded) {
            (aggs, Some(trades)) if aggs.is_empty() => Some(Recorded::aggregated(trades)),
            (aggs, _) => (!aggs.is_empty()).then(|| Recorded::new(aggs, round)),
        };
        let made_up = || parts.synthetic.clone().map(Tape::Synthetic);
        Self {
            code: joined.to_ascii_uppercase(),
            product: format!("{base}-{quote}"),
            base,
            quote,
            price_scale,
            quantity_scale,
            trades: recorded.map(Tape::Recorded).or_else(made_up),
            aggs: aggs.map(Tape::Recorded).or_else(made_up),
            candles: parts.candles,
            name,
        }
    }

    /// Its trades of a kind.
    pub(crate) fn tape(&self, kind: TickKind) -> Option<&Tape> {
        match kind {
            TickKind::Trade => self.trades.as_ref(),
            TickKind::AggTrade => self.aggs.as_ref(),
        }
    }

    /// The trades that its candles are made of: single ones where there are any.
    pub(crate) fn ticks(&self) -> Option<&Tape> {
        self.trades.as_ref().or(self.aggs.as_ref())
    }

    /// The last trade until `now`.
    pub(crate) fn last(&self, now: Time) -> Option<Tick> {
        let tape = self.ticks()?;
        tape.played(now).checked_sub(1).map(|at| tape.tick(at))
    }

    /// The last price until `now`: of a trade, or the close of the shortest recorded candle.
    pub(crate) fn price(&self, now: Time) -> Option<Decimal> {
        let closed = || {
            let (interval, candles) = self.candles.iter().next()?;
            let before = now.plus_micros(1 - interval.micros());
            candles.range(..before).next_back().map(|(_, candle)| candle.close)
        };
        self.last(now).map(|tick| tick.price).or_else(closed)
    }

    /// The smallest step of its price.
    pub(crate) fn tick_size(&self) -> Decimal {
        Decimal::new(1, self.price_scale)
    }
}
