//! What one page of a venue's trades does to a gap: the trades that fill it, those that the page
//! passes over or that can't be kept, which stay missing by their own names, and where it ends.

use adapters::market::venue::Venue;
use domain::Time;
use domain::market::{Tick, TimeRange};
use store::market::gaps::{Gap, NewGap};
use store::market::symbols::Symbol;

/// A page, cut to its gap.
pub(super) struct Page {
    /// What can be stored.
    pub(super) ticks: Vec<Tick>,
    /// What the page should have had and can't be stored.
    pub(super) lacking: Vec<NewGap>,
    /// The first id behind the page and a time not after it; `None` where it ends the gap.
    pub(super) rest: Option<(i64, Time)>,
}

impl Page {
    /// Reads what the venue gave from the id `first` on. Where ids follow one another, every one that
    /// the page passes over stays missing; otherwise only a trade that can't be kept does.
    ///
    /// # Errors
    /// Why nothing at all was gained: then nothing may be written, or the gap would seem repaired.
    pub(super) fn read(
        page: &[Tick],
        venue: &Venue,
        symbol: &Symbol,
        gap: &Gap,
        (first, last): (i64, i64),
    ) -> Result<Self, String> {
        // Up to its last row, whatever is wrong with that one.
        let newest = page.last().filter(|newest| newest.trade_id >= first);
        if newest.is_none() && venue.ids_without_gaps {
            return Err(format!("the venue gives no trade from {first} on"));
        }
        let end = newest.map_or(last, |newest| newest.trade_id.min(last));
        let (mut ticks, mut refused) = (Vec::new(), Vec::new());
        for tick in page.iter().filter(|tick| (first..=end).contains(&tick.trade_id)) {
            match tick.check() {
                Ok(()) => ticks.push(tick.clone()),
                Err(bad) => refused.push((tick.trade_id, bad)),
            }
        }
        for (id, error) in &refused {
            tracing::error!(symbol = %symbol.name, id, %error, "a trade can't be kept");
        }
        let (mut lacking, mut next, mut before) = (Vec::new(), first, gap.range.from);
        let to = newest.filter(|_| end < last).map_or(gap.range.to, |newest| newest.time);
        let behind = (end + 1, to.min(gap.range.to));
        for (id, time) in ticks.iter().map(|tick| (tick.trade_id, tick.time)).chain([behind]) {
            if next < id {
                // Trades of one microsecond leave no time between them; a gap has some all the same.
                let to = time.max(before.plus_micros(1));
                lacking.push(((next, id - 1), TimeRange { from: before, to }));
            }
            if id <= end {
                (next, before) = (id + 1, time);
            }
        }
        let is_refused =
            |ids: (i64, i64)| refused.iter().any(|(id, _)| (ids.0..=ids.1).contains(id));
        lacking.retain(|(ids, _)| venue.ids_without_gaps || is_refused(*ids));
        let rest = (end < last).then_some((end + 1, before));
        if ticks.is_empty() && rest.is_none() && !lacking.is_empty() {
            return Err(refused.first().map_or_else(
                || format!("the venue does not give the trades {first} to {last}"),
                |(id, bad)| format!("the venue's trade {id} can't be kept: its {bad}"),
            ));
        }
        let lacking = lacking.into_iter().map(|(ids, range)| NewGap {
            symbol_id: symbol.id,
            series: venue.kind.as_str(),
            ids: Some(ids),
            range,
            reason: if is_refused(ids) { "refused" } else { "not given" },
        });
        Ok(Self { ticks, lacking: lacking.collect(), rest })
    }
}
