//! What a file doesn't say outright and its first rows tell: the unit of its times, the interval
//! of its candles, whether a sign means a side. What was assumed is noted for the user.

use domain::Time;
use domain::market::Interval;

use super::columns::{Column, Layout};
use super::error::{Fault, Refusal};
use super::moment::{self, TimeUnit};
use super::row::{Ids, Plan, Row};
use super::{Kind, ReadOptions};

/// How many rows are looked at before the first is read.
pub(super) const SAMPLE: usize = 1_000;

/// Rows one after the other.
pub(super) trait Rows: Row {
    /// Goes to the next row; `None` after the last.
    fn advance(&mut self) -> Option<Result<(), Fault>>;

    /// Line of the row in a text file.
    fn line(&self) -> Option<u64> {
        None
    }
}

/// What the first rows of a file show.
#[derive(Debug, Default)]
struct Sample {
    time_unit: Option<TimeUnit>,
    received_unit: Option<TimeUnit>,
    /// `None` where it can't be read.
    times: Vec<Option<Time>>,
    rows: usize,
    negative: usize,
    kind: Option<Kind>,
}

/// Facts that are known before the rows are looked at.
pub(super) struct Known<'a> {
    pub(super) options: &'a ReadOptions,
    pub(super) layout: Layout,
    /// What the shape of the file says.
    pub(super) kind: Option<Kind>,
    /// What its name or its contents say.
    pub(super) interval: Option<Interval>,
    pub(super) ids: Ids,
    pub(super) unit: Unit,
}

/// Where the unit of times that are numbers comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// The size of the first, for all of them.
    Sampled,
    /// The size of each: the venue changed its unit once, and its times can't be mistaken.
    BySize,
    /// The format's own.
    Fixed(TimeUnit),
}

impl Unit {
    fn fixed(self) -> Option<TimeUnit> {
        if let Self::Fixed(unit) = self { Some(unit) } else { None }
    }
}

/// Reads the first rows and settles the plan; also what was assumed.
pub(super) fn settle<R: Rows>(
    known: Known<'_>,
    rows: &mut R,
) -> Result<(Plan, Vec<String>), Refusal> {
    let layout = known.layout;
    let sample = Sample::take(&layout, known.options.time_unit.or(known.unit.fixed()), rows)?;
    let mut notes = Vec::new();
    let found = if layout.is_candles() {
        Kind::Candles
    } else {
        known.kind.or(sample.kind).unwrap_or(Kind::Trades)
    };
    let kind = known.options.kind.unwrap_or(found);
    let settled = known.kind.is_some_and(|kind| kind != Kind::Trades) || layout.is_candles();
    let other = (kind == Kind::Candles) != (found == Kind::Candles) || kind == Kind::Symbols;
    if other || (settled && kind != found) {
        return Err(Refusal::because(format!("holds {found}, not {kind}")));
    }
    let interval = if kind == Kind::Candles {
        Some(interval(known.options.interval.or(known.interval), &sample, &mut notes)?)
    } else {
        None
    };
    let signed = sample.rows >= 20 && sample.negative * 10 >= sample.rows;
    if signed && !layout.has(Column::SignedQuantity) {
        notes.push("sizes are signed: negative means the taker sold".to_owned());
    }
    let time_unit = match (known.options.time_unit, known.unit) {
        (Some(unit), _) | (None, Unit::Fixed(unit)) => Some(unit),
        (None, Unit::BySize) => None,
        (None, Unit::Sampled) => sample.time_unit,
    };
    if known.unit == Unit::Sampled && known.options.time_unit.is_none() {
        notes.extend(time_unit.map(|unit| format!("times are numbers in {unit}")));
    }
    if layout.has(Column::ReceivedAt) && layout.name(Column::ReceivedAt).starts_with("time") {
        let (event, arrival) = (layout.name(Column::Time), layout.name(Column::ReceivedAt));
        notes.push(format!("`{event}` is the trade's time, `{arrival}` its arrival"));
    }
    let unused = layout.unused();
    if !unused.is_empty() && known.unit == Unit::Sampled && known.options.columns.is_none() {
        notes.push(format!("columns not used: {}", unused.join(", ")));
    }
    let received_unit = sample.received_unit;
    let plan = Plan { layout, kind, interval, time_unit, received_unit, ids: known.ids, signed };
    Ok((plan, notes))
}

/// The interval that is known, or else the smallest step between the first candles.
fn interval(
    known: Option<Interval>,
    sample: &Sample,
    notes: &mut Vec<String>,
) -> Result<Interval, Refusal> {
    if let Some(interval) = known {
        return Ok(interval);
    }
    let pairs = sample.times.windows(2).filter_map(|pair| pair[0].zip(pair[1]));
    let steps = pairs.map(|(a, b)| (b.micros() - a.micros()).abs());
    let Some(step) = steps.filter(|step| *step > 0).min() else {
        return Err(Refusal::because(
            "doesn't tell the interval of its candles; give it with --interval",
        ));
    };
    let interval = of_micros(step)?;
    notes.push(format!("interval {interval} from the smallest step between candles"));
    Ok(interval)
}

/// The interval of this length.
pub(super) fn of_micros(micros: i64) -> Result<Interval, Refusal> {
    let found = Interval::ALL.into_iter().find(|interval| interval.micros() == micros);
    found.ok_or_else(|| {
        let seconds = micros / 1_000_000;
        let length = match seconds {
            _ if micros % 1_000_000 != 0 => format!("{micros} µs"),
            _ if seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
            _ if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
            _ if seconds % 60 == 0 => format!("{}m", seconds / 60),
            _ => format!("{seconds}s"),
        };
        Refusal::because(format!(
            "holds candles of {length}; there are 1m, 5m, 15m, 30m, 1h, 4h, 1d and 1w \
             (--interval overrides)"
        ))
    })
}

impl Sample {
    /// Looks at the first rows, passing over those that are bad: they are reported when read.
    ///
    /// # Errors
    /// Where not even one row can be read.
    fn take<R: Rows>(
        layout: &Layout,
        time_unit: Option<TimeUnit>,
        rows: &mut R,
    ) -> Result<Self, Fault> {
        let mut sample = Self::default();
        let has =
            |rows: &R, column| layout.at(column).is_some_and(|at| !rows.cell(at).is_missing());
        for _ in 0..SAMPLE {
            match rows.advance() {
                Some(Ok(())) => {}
                Some(Err(fault)) if !fault.fatal => continue,
                Some(Err(fault)) if sample.rows == 0 => return Err(fault),
                _ => break,
            }
            sample.rows += 1;
            if let Some(at) = layout.at(Column::Time) {
                let cell = rows.cell(at);
                sample.time_unit = sample.time_unit.or_else(|| moment::unit_of(cell));
                sample.times.push(moment::time(cell, time_unit.or(sample.time_unit)).ok());
            }
            if let Some(at) = layout.at(Column::ReceivedAt) {
                let cell = rows.cell(at);
                sample.received_unit = sample.received_unit.or_else(|| moment::unit_of(cell));
            }
            if let Some(at) = layout.at(Column::Quantity) {
                let quantity = rows.cell(at).decimal();
                sample.negative += usize::from(quantity.is_ok_and(|q| q.is_sign_negative()));
            }
            if sample.kind.is_none() {
                let text = layout.at(Column::Kind).map(|at| rows.cell(at).shown());
                let aggregates = text.is_some_and(|text| text == "agg_trade")
                    || (has(rows, Column::FirstId) && has(rows, Column::LastId));
                sample.kind = Some(if aggregates { Kind::AggTrades } else { Kind::Trades });
            }
        }
        Ok(sample)
    }
}
