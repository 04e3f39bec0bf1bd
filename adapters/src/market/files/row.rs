//! From a row's values to a tick or a candle that obeys the rules, whatever format the row has.

use std::borrow::Cow;

use domain::market::{Candle, Interval, Tick, TickKind};
use domain::{Amount, Decimal, Time};

use super::cell::{Cell, Reason};
use super::columns::{Column, Layout};
use super::error::Fault;
use super::identity::{Identities, id_of_text};
use super::moment::{self, TimeUnit};
use super::{Item, Kind};

/// A row whose values can be asked for.
pub(super) trait Row {
    /// The value at a place; one beyond the end is missing.
    fn cell(&self, at: usize) -> Cell<'_>;
}

/// Values that stand in memory already.
impl Row for [Cell<'_>] {
    fn cell(&self, at: usize) -> Cell<'_> {
        self.get(at).copied().unwrap_or(Cell::Missing)
    }
}

/// What a venue's ids tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ids {
    /// Whole numbers that rise with time: they order trades of the same time.
    Rising,
    /// Anything: the file's own order is all there is.
    Any,
}

/// How the rows of one file are read.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) layout: Layout,
    pub(super) kind: Kind,
    /// Of candles.
    pub(super) interval: Option<Interval>,
    /// Unit of times that are numbers; `None`: the size of each decides.
    pub(super) time_unit: Option<TimeUnit>,
    pub(super) received_unit: Option<TimeUnit>,
    pub(super) ids: Ids,
    /// A quantity below zero means that the taker sold.
    pub(super) signed: bool,
}

/// Makes items of rows.
#[derive(Debug)]
pub(super) struct Assembler {
    plan: Plan,
    identities: Identities,
}

impl Assembler {
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan, identities: Identities::default() }
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The item of a row.
    pub(super) fn item<R: Row + ?Sized>(&mut self, row: &R) -> Result<Item, Fault> {
        match self.plan.kind {
            Kind::Candles => self.candle(row).map(Item::Candle),
            _ => self.tick(row).map(Item::Tick),
        }
    }

    fn candle<R: Row + ?Sized>(&self, row: &R) -> Result<Candle, Fault> {
        let values = Values { row, layout: &self.plan.layout };
        let candle = Candle {
            open_time: values.time(Column::Time, self.plan.time_unit)?,
            open: values.decimal(Column::Open)?,
            high: values.decimal(Column::High)?,
            low: values.decimal(Column::Low)?,
            close: values.decimal(Column::Close)?,
            volume: values.need(Column::Volume, Cell::amount)?,
            quote_volume: values.amount(Column::QuoteVolume)?,
            trade_count: values.want(Column::TradeCount, Cell::whole)?,
            taker_buy_volume: values.amount(Column::TakerBuyVolume)?,
            taker_buy_quote_volume: values.amount(Column::TakerBuyQuoteVolume)?,
        };
        candle.check().map_err(|bad| values.broken(bad.column, bad.rule))?;
        if let Some(interval) = self.plan.interval
            && interval.open_time(candle.open_time) != candle.open_time
        {
            return Err(values.fault(Column::Time, format!("is not a multiple of {interval}")));
        }
        Ok(candle)
    }

    fn tick<R: Row + ?Sized>(&mut self, row: &R) -> Result<Tick, Fault> {
        let plan = &self.plan;
        let values = Values { row, layout: &plan.layout };
        let (quantity, sold) = values.quantity(plan.signed)?;
        let side = match values.want(Column::IsBuyerMaker, Cell::truth)? {
            None => values.want(Column::Side, Cell::buyer_is_maker)?,
            known => known,
        };
        let mut tick = Tick {
            time: values.time(Column::Time, plan.time_unit)?,
            seq: 0,
            trade_id: 0,
            price: values.decimal(Column::Price)?,
            quantity,
            buyer_is_maker: side.or(sold),
            trade_count: values.trade_count()?,
            received_at: values
                .want(Column::ReceivedAt, |cell| moment::time(cell, plan.received_unit))?,
            venue_trade_id: None,
        };
        tick.check().map_err(|bad| values.broken(bad.column, bad.rule))?;
        values.check_kind(plan.kind)?;
        let late = |reason| values.fault(Column::Time, reason);
        match values.id() {
            Some(Id::Whole(id)) => {
                tick.trade_id = id;
                if plan.ids == Ids::Any {
                    tick.seq = self.identities.ordinal(tick.time).map_err(late)?;
                }
            }
            Some(Id::Text(text)) => {
                tick.trade_id = id_of_text(&text);
                tick.venue_trade_id = Some(text.into_owned().into());
                tick.seq = self.identities.ordinal(tick.time).map_err(late)?;
            }
            None => {
                (tick.seq, tick.trade_id) = self.identities.without_id(&tick).map_err(late)?;
            }
        }
        if let Some(seq) = values.want(Column::Seq, Cell::whole)? {
            let seq = i32::try_from(seq).ok().filter(|seq| *seq >= 0);
            tick.seq = seq.ok_or_else(|| values.fault(Column::Seq, "is not a place in a row"))?;
        }
        Ok(tick)
    }
}

/// A venue's id.
enum Id<'a> {
    Whole(i64),
    Text(Cow<'a, str>),
}

/// A row seen through the layout of its file.
struct Values<'a, R: ?Sized> {
    row: &'a R,
    layout: &'a Layout,
}

impl<'a, R: Row + ?Sized> Values<'a, R> {
    fn cell(&self, column: Column) -> Cell<'a> {
        self.layout.at(column).map_or(Cell::Missing, |at| self.row.cell(at))
    }

    fn fault(&self, column: Column, reason: impl Into<Reason>) -> Fault {
        Fault::of(self.layout.name(column), &self.cell(column).shown(), reason)
    }

    /// The fault of a rule of the domain, which names columns in its own words.
    fn broken(&self, name: &str, rule: &'static str) -> Fault {
        let column = Column::named(name).unwrap_or(Column::Skip);
        if column == Column::Quantity && self.layout.has(Column::SignedQuantity) {
            return self.fault(Column::SignedQuantity, rule);
        }
        if column == Column::Quantity && rule == "is negative" {
            let hint = "is negative; if the sign is the taker's side, name the columns with \
                        --columns and this one signed_quantity";
            return self.fault(column, hint);
        }
        self.fault(column, rule)
    }

    /// A value that must be there.
    fn need<T>(
        &self,
        column: Column,
        read: impl FnOnce(Cell<'a>) -> Result<T, Reason>,
    ) -> Result<T, Fault> {
        read(self.cell(column)).map_err(|reason| self.fault(column, reason))
    }

    /// A value that may be missing.
    fn want<T>(
        &self,
        column: Column,
        read: impl FnOnce(Cell<'a>) -> Result<T, Reason>,
    ) -> Result<Option<T>, Fault> {
        let cell = self.cell(column);
        if cell.is_missing() { Ok(None) } else { self.need(column, read).map(Some) }
    }

    fn decimal(&self, column: Column) -> Result<Decimal, Fault> {
        self.need(column, Cell::decimal)
    }

    fn amount(&self, column: Column) -> Result<Option<Amount>, Fault> {
        self.want(column, Cell::amount)
    }

    fn time(&self, column: Column, unit: Option<TimeUnit>) -> Result<Time, Fault> {
        self.need(column, |cell| moment::time(cell, unit))
    }

    /// The quantity, and whether its sign says that the taker sold.
    fn quantity(&self, signed: bool) -> Result<(Decimal, Option<bool>), Fault> {
        let marked = self.layout.has(Column::SignedQuantity);
        let column = if marked { Column::SignedQuantity } else { Column::Quantity };
        let quantity = self.decimal(column)?;
        if signed || marked {
            Ok((quantity.abs(), (!quantity.is_zero()).then_some(quantity.is_sign_negative())))
        } else {
            Ok((quantity, None))
        }
    }

    /// How many trades an aggregate stands for.
    fn trade_count(&self) -> Result<i32, Fault> {
        let (first, last) = (self.cell(Column::FirstId), self.cell(Column::LastId));
        let (column, count) = if first.is_missing() || last.is_missing() {
            (Column::TradeCount, self.want(Column::TradeCount, Cell::whole)?.unwrap_or(1))
        } else {
            let first = self.need(Column::FirstId, Cell::whole)?;
            let last = self.need(Column::LastId, Cell::whole)?;
            let count = last.checked_sub(first).and_then(|more| more.checked_add(1));
            (Column::LastId, count.unwrap_or(i64::MAX))
        };
        let fits = i32::try_from(count).ok().filter(|count| *count > 0);
        fits.ok_or_else(|| self.fault(column, format!("means {count} trades, which can't be")))
    }

    /// The venue's id. A number counts as one only if its text is what a number would give.
    fn id(&self) -> Option<Id<'a>> {
        let text = self.cell(Column::VenueId);
        if !text.is_missing() {
            return Some(Id::Text(text.shown()));
        }
        match self.cell(Column::Id) {
            Cell::Missing => None,
            Cell::Text(text) => {
                let canonical = text == "0" || !text.starts_with(['0', '+', '-']);
                match text.parse() {
                    Ok(id) if canonical => Some(Id::Whole(id)),
                    _ => Some(Id::Text(text.into())),
                }
            }
            cell => match cell.whole() {
                Ok(id) if id >= 0 => Some(Id::Whole(id)),
                _ => Some(Id::Text(cell.shown())),
            },
        }
    }

    /// Trades and aggregate trades don't mix.
    fn check_kind(&self, kind: Kind) -> Result<(), Fault> {
        let Cell::Text(text) = self.cell(Column::Kind) else { return Ok(()) };
        let expected = kind.tick_kind().unwrap_or(TickKind::Trade).as_str();
        if text == expected {
            return Ok(());
        }
        Err(self.fault(Column::Kind, format!("is another kind than the file's, {expected}")))
    }
}
