//! What a trade came to here beside what its file says, and why the two differ.
//!
//! The difference of profit is the sum of the differences of its parts: what the entries cost, what the exits gave, the
//! fees of both, funding, and how far the file's profit is from its own parts. Each part that differs must have a cause
//! that the file itself shows; a difference without one is not reconciled.

use adapters::ledger::freqtrade::{FileTrade, Plan};
use domain::ledger::{Position, Trade, trade as traded};
use domain::{Amount, Decimal, parse_decimal, quotient};

use super::report::{Cause, Figures};
use super::write::Told;

/// Whether a difference is none: freqtrade rounds profit to 8 digits after the point.
pub(super) fn is_none(difference: Amount) -> bool {
    difference.abs() <= Amount::unpacked(1, 8)
}

/// The position that the fills of a trade make by themselves, whatever else the ledger has; and whether they went
/// through zero.
pub(super) fn alone(told: &Told, plan: &Plan) -> Option<(Position, bool)> {
    let (mut open, mut through) = (None, false);
    let own = plan.orders.iter().zip(&told.orders).filter(|(planned, _)| !planned.is_rest);
    for (_, told) in own {
        let mut fills: Vec<_> = told.order.fills.values().collect();
        fills.sort_by_key(|fill| fill.time);
        for fill in fills {
            if through || open.as_ref().is_some_and(|position: &Position| !position.is_open()) {
                return Some((open?, true));
            }
            let done = traded(open.take(), &told.order, fill).ok()?;
            through = done.positions.len() > 1;
            open = done.positions.into_iter().next();
        }
    }
    let mut position = open?;
    position.fund(told.funding).ok()?;
    Some((position, through))
}

/// Compares profit and its parts.
pub(super) fn figures(trade: &FileTrade, plan: &Plan, position: &Position) -> Option<Figures> {
    let here = Trade::of(position)?;
    let mut figures = Figures {
        profit_here: here.net,
        profit_told: trade.profit.filter(|_| !trade.is_open),
        ratio_here: here.profit_ratio,
        ratio_told: trade.profit_ratio.filter(|_| !trade.is_open),
        causes: vec![],
    };
    if trade.is_open {
        // What the file calls the amount of an open trade is what it still holds.
        compare(&mut figures, "quantity_held", position.quantity, trade.amount, None)?;
        return Some(figures);
    }
    let Some(profit_told) = figures.profit_told else { return Some(figures) };
    let parts = Parts::told(trade)?;
    let notes = &plan.notes;
    let rest = (notes.rest != Amount::ZERO).then_some("rest");
    let fee = |asset: &Option<String>, of: &str| match asset {
        Some(asset) if *asset == trade.base => Some("fee_in_base"),
        Some(_) => Some("fee_in_other_asset"),
        None if notes.fees_by_rate.contains(&of) => Some("fee_by_rate"),
        None => rest,
    };
    let signed = |value: Amount| if trade.is_short { -value } else { value };
    let (entries, exits) = (&position.entries, &position.exits);
    compare(&mut figures, "entries", signed(-entries.value), signed(-parts.entries), rest)?;
    compare(&mut figures, "exits", signed(exits.value), signed(parts.exits), rest)?;
    compare(
        &mut figures,
        "entry_fees",
        -entries.fees,
        -parts.entry_fees,
        fee(&notes.entry_fee_in, "entry"),
    )?;
    compare(
        &mut figures,
        "exit_fees",
        -exits.fees,
        -parts.exit_fees,
        fee(&notes.exit_fee_in, "exit"),
    )?;
    let funding = trade.funding.filter(|_| trade.margin).unwrap_or_default();
    compare(&mut figures, "funding", position.funding, funding, None)?;
    // The file's own parts against its own sum.
    let fees = parts.entry_fees.checked_add(parts.exit_fees)?;
    let gross = signed(parts.exits.checked_sub(parts.entries)?);
    let sum = gross.checked_sub(fees)?.checked_add(funding)?;
    let without_fees = is_none(profit_told.checked_sub(sum)?.checked_sub(fees)?);
    let known = without_fees.then_some("told_without_fees");
    compare(&mut figures, "sum_of_the_file", sum, profit_told, known)?;
    if figures.causes.is_empty()
        && let (Some(here), Some(told)) = (figures.ratio_here, figures.ratio_told)
    {
        compare(&mut figures, "profit_ratio", here, told, None)?;
    }
    Some(figures)
}

/// Notes a part that differs; `None` where a figure can't be held.
fn compare(
    figures: &mut Figures,
    part: &'static str,
    here: Amount,
    told: Amount,
    cause: Option<&'static str>,
) -> Option<()> {
    let difference = here.checked_sub(told)?;
    if !is_none(difference) {
        figures.causes.push(Cause { part, cause, here, told, difference });
    }
    Some(())
}

/// A profit in its parts, as freqtrade counts it.
struct Parts {
    entries: Amount,
    exits: Amount,
    entry_fees: Amount,
    exit_fees: Amount,
}

impl Parts {
    /// By amount and rates; where there are several orders of a side, by those.
    fn told(trade: &FileTrade) -> Option<Self> {
        let value = |is_entry: bool, rate: Amount| {
            let mut filled = trade.orders.iter();
            let mut filled: Vec<_> = filled
                .by_ref()
                .filter(|o| o.is_entry == is_entry && o.filled > Decimal::ZERO)
                .collect();
            if filled.len() < 2 {
                return Some(Amount::product(held(trade.amount)?, held(rate)?));
            }
            let mut sum = Amount::ZERO;
            for order in filled.drain(..) {
                sum = sum.checked_add(Amount::product(order.price?, order.filled))?;
            }
            Some(sum)
        };
        let entries = value(true, trade.open_rate)?;
        let exits = value(false, trade.close_rate.unwrap_or_default())?;
        let fees = |value: Amount, rate| Amount::checked_times(eighteen(value)?, rate);
        Some(Self {
            entries,
            exits,
            entry_fees: fees(entries, trade.entry_fee.rate)?,
            exit_fees: fees(exits, trade.exit_fee.rate)?,
        })
    }
}

fn eighteen(value: Amount) -> Option<Amount> {
    quotient(value, Amount::from(Decimal::ONE), 18)
}

fn held(value: Amount) -> Option<Decimal> {
    parse_decimal(&eighteen(value)?.to_string()).ok()
}
