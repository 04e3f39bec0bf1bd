//! What is seen of a market: its trades in order, and what an order meets that comes now.

use domain::Decimal;
use domain::Time;
use domain::market::{Order as Place, Tick, TickKind};
use domain::trading::paper::{Market, Steps, Tape};
use store::market::holdings::{self, Holding, TICK};
use store::market::symbols::Symbol;
use store::market::ticks::TickQuery;

use super::{PaperError, PaperVenue};

/// Digits after the point where neither rules nor trades tell of any.
const USUAL_PLACES: u32 = 8;
/// Trades whose digits are looked at where there are no rules.
const LOOKED_AT: usize = 1_000;

/// A market as it was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// Which trades count.
    pub(super) kind: TickKind,
    /// The last of them.
    pub(super) last: Option<Place>,
    /// What an order meets behind it.
    pub(super) market: Option<Market>,
}

impl PaperVenue {
    /// Looks at the last trades of a symbol: of a kind, or of the one that is traded later.
    pub(super) async fn look(
        &self,
        symbol_id: i32,
        kind: Option<TickKind>,
    ) -> Result<Sight, PaperError> {
        let (kind, last) = self.traded(symbol_id, kind).await?;
        let Some(time) = last else { return Ok(Sight { kind, last: None, market: None }) };
        let from = time.plus_micros(-Tape::WINDOW_MICROS);
        let ticks = self.back(symbol_id, kind, from, None, Tape::MOST).await?;
        let (_, market) = Tape::of(&ticks);
        Ok(Sight { kind, last: ticks.last().map(Tick::order), market })
    }

    /// The kind of trades that is asked for, or is traded later, and when it was last.
    async fn traded(
        &self,
        symbol_id: i32,
        kind: Option<TickKind>,
    ) -> Result<(TickKind, Option<Time>), PaperError> {
        let held = holdings::of_symbol(&self.0.db, symbol_id).await?;
        let last = |kind: TickKind| {
            let of = |held: &&Holding| held.interval == TICK && held.origin == kind.as_str();
            held.iter().find(of).map(|held| held.last_time)
        };
        let kind = kind.unwrap_or_else(|| {
            let single = last(TickKind::Trade) >= last(TickKind::AggTrade);
            if single { TickKind::Trade } else { TickKind::AggTrade }
        });
        Ok((kind, last(kind)))
    }

    /// What a symbol's prices and quantities are multiples of: by its rules, or by the digits of its last trades.
    pub(super) async fn steps(&self, symbol: &Symbol) -> Result<Steps, PaperError> {
        let unit =
            |places: u32| Decimal::try_from_i128_with_scale(1, places).unwrap_or(Decimal::ONE);
        let ruled = |places: Option<i16>| places.and_then(|p| u32::try_from(p).ok()).map(unit);
        let rules = &symbol.rules;
        let tick = rules.tick_size.or_else(|| ruled(rules.price_precision));
        let lot = rules.lot_size.or_else(|| ruled(rules.quantity_precision));
        if let Some((tick, lot)) = tick.zip(lot) {
            return Ok(Steps { tick, lot });
        }
        let (kind, last) = self.traded(symbol.id, None).await?;
        let ticks = match last {
            Some(_) => self.back(symbol.id, kind, Time::MIN, None, LOOKED_AT).await?,
            None => vec![],
        };
        let seen = |number: fn(&Tick) -> Decimal| {
            let places = ticks.iter().map(|tick| number(tick).normalize().scale()).max();
            unit(places.unwrap_or(USUAL_PLACES))
        };
        Ok(Steps {
            tick: tick.unwrap_or_else(|| seen(|tick| tick.price)),
            lot: lot.unwrap_or_else(|| seen(|tick| tick.quantity)),
        })
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
