//! What is seen of a market: its trades in order, and what an order meets that comes now.

use domain::Decimal;
use domain::Time;
use domain::market::{Interval, Order as Place, Tick, TickKind};
use domain::trading::paper::{Market, Steps, Tape};
use store::market::holdings::{self, Holding, TICK};
use store::market::symbols::Symbol;
use store::market::ticks::TickQuery;

use super::{PaperError, PaperVenue};

/// Digits after the point where neither rules nor trades tell of any.
const USUAL_PLACES: u32 = 8;
/// Trades whose digits are looked at where there are no rules.
const LOOKED_AT: usize = 1_000;
/// Fewer say nothing: they may be round by chance.
const ENOUGH: usize = 20;

/// A market as it was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// Which trades count.
    pub(super) kind: TickKind,
    /// The last of them.
    pub(super) last: Option<Place>,
    /// What an order meets behind it.
    pub(super) market: Option<Market>,
    /// Digits after the point of its prices and quantities, where they were looked at.
    pub(super) digits: Option<(u32, u32)>,
}

impl PaperVenue {
    /// Looks at the last trades of a symbol: of a kind, or of the one that is traded later; at their digits where wanted.
    pub(super) async fn look(
        &self,
        symbol_id: i32,
        kind: Option<TickKind>,
        digits: bool,
    ) -> Result<Sight, PaperError> {
        let held = holdings::of_symbol(&self.0.db, symbol_id).await?;
        let last = |kind: TickKind| {
            let of = |held: &&Holding| held.interval == TICK && held.origin == kind.as_str();
            held.iter().find(of).map(|held| held.last_time)
        };
        let kind = kind.unwrap_or_else(|| {
            let single = last(TickKind::Trade) >= last(TickKind::AggTrade);
            if single { TickKind::Trade } else { TickKind::AggTrade }
        });
        let unseen = Sight { kind, last: None, market: None, digits: None };
        let Some(time) = last(kind) else { return Ok(unseen) };
        let from = time.plus_micros(-Tape::WINDOW_MICROS);
        let ticks = self.back(symbol_id, kind, from, None, Tape::MOST).await?;
        let (_, market) = Tape::of(&ticks);
        let last = ticks.last().map(Tick::order);
        let digits = match last.filter(|_| digits) {
            Some(last) => self.digits(symbol_id, kind, last).await?,
            None => None,
        };
        Ok(Sight { last, market, digits, ..unseen })
    }

    /// Digits after the point of prices and quantities, by the last trades up to one; none where there are few.
    async fn digits(
        &self,
        symbol_id: i32,
        kind: TickKind,
        last: Place,
    ) -> Result<Option<(u32, u32)>, PaperError> {
        let from = last.time.plus_micros(-Interval::D1.micros());
        let next = Place { id: last.id.saturating_add(1), ..last };
        let ticks = self.back(symbol_id, kind, from, Some(next), LOOKED_AT).await?;
        let most = |number: fn(&Tick) -> Decimal| {
            ticks.iter().map(|tick| number(tick).normalize().scale()).max().unwrap_or_default()
        };
        let known = (most(|tick| tick.price), most(|tick| tick.quantity));
        Ok((ticks.len() >= ENOUGH).then_some(known))
    }

    /// The tape as it was just behind a trade.
    pub(super) async fn tape(
        &self,
        symbol_id: i32,
        kind: TickKind,
        seen: Option<Place>,
    ) -> Result<Tape, PaperError> {
        let Some(seen) = seen else { return Ok(Tape::default()) };
        let from = seen.time.plus_micros(-Tape::WINDOW_MICROS);
        let next = Place { id: seen.id.saturating_add(1), ..seen };
        Ok(Tape::of(&self.back(symbol_id, kind, from, Some(next), Tape::MOST).await?).0)
    }

    /// At most so many trades from a time to a place or to the last; in order.
    async fn back(
        &self,
        symbol_id: i32,
        kind: TickKind,
        from: Time,
        before: Option<Place>,
        most: usize,
    ) -> Result<Vec<Tick>, PaperError> {
        let (to, limit) = (Time::MAX, most as i64);
        let query = TickQuery { symbol_id, kind, from, to, descending: true, after: before, limit };
        let mut ticks = self.0.segments.tick_page(&self.0.db, &query).await?;
        ticks.reverse();
        Ok(ticks)
    }

    /// The next trades behind a place.
    pub(super) async fn next(
        &self,
        symbol_id: i32,
        kind: TickKind,
        seen: Option<Place>,
        limit: i64,
    ) -> Result<Vec<Tick>, PaperError> {
        let from = seen.map_or(Time::MIN, |seen| seen.time);
        let to = Time::MAX;
        let query = TickQuery { symbol_id, kind, from, to, descending: false, after: seen, limit };
        Ok(self.0.segments.tick_page(&self.0.db, &query).await?)
    }
}

/// What a symbol's prices and quantities are multiples of: by its rules, or else by the digits of its last trades.
pub(super) fn steps(symbol: &Symbol, digits: Option<(u32, u32)>) -> Steps {
    let (price, quantity) = digits.unwrap_or((USUAL_PLACES, USUAL_PLACES));
    let unit = |places: Option<i16>, seen: u32| {
        let places = places.and_then(|places| places.try_into().ok()).unwrap_or(seen);
        Decimal::try_from_i128_with_scale(1, places).unwrap_or(Decimal::ONE)
    };
    let rules = &symbol.rules;
    Steps {
        tick: rules.tick_size.unwrap_or_else(|| unit(rules.price_precision, price)),
        lot: rules.lot_size.unwrap_or_else(|| unit(rules.quantity_precision, quantity)),
    }
}

/// Whether a symbol's rules leave its steps open.
pub(super) const fn has_open_steps(symbol: &Symbol) -> bool {
    let rules = &symbol.rules;
    rules.tick_size.is_none() && rules.price_precision.is_none()
        || rules.lot_size.is_none() && rules.quantity_precision.is_none()
}
