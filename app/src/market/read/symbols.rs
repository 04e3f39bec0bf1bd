//! Symbols as a list shows them, and one with all that is known of it.

use domain::market::{Interval, SymbolName};
use domain::{Amount, Decimal, Time};
use store::market::holdings::{self, Holding, TICK};
use store::market::symbols::{self, RulesPeriod, Summary, Symbol};

use super::{MarketReader, ReadError};
use crate::market::live::Price;

/// A symbol with its last price and the day before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolView {
    /// What is stored of it.
    pub symbol: Symbol,
    /// Its last price.
    pub last_price: Option<Decimal>,
    /// When that was traded; for the close of a candle, the candle's end.
    pub last_time: Option<Time>,
    /// Last price minus the price 24 hours before it.
    pub change_24h: Option<Amount>,
    /// The same in percent of the price 24 hours before, rounded to two places.
    pub change_24h_percent: Option<Decimal>,
    /// Volume of those 24 hours, in base.
    pub volume_24h: Option<Amount>,
    /// The intervals it has candles of, shortest first.
    pub intervals: Vec<Interval>,
}

/// A symbol with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolDetail {
    /// As a list shows it.
    pub view: SymbolView,
    /// The rules it was traded under, oldest first.
    pub rules: Vec<RulesPeriod>,
    /// What is stored of it.
    pub ranges: Vec<Range>,
}

/// A stored series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// `1m` … `1w`, or `tick`.
    pub interval: String,
    /// Who made the candles; `trade` or `agg_trade` for ticks.
    pub origin: String,
    /// The first opening time or the first trade.
    pub from: Time,
    /// The first moment after the last candle or trade.
    pub to: Time,
    /// How many rows.
    pub count: i64,
}

impl MarketReader {
    /// All symbols by venue and code; with `at`, those that were listed at that time. A symbol of
    /// which the venue doesn't say when it was listed counts as listed.
    ///
    /// # Errors
    /// The database's.
    pub async fn symbols(&self, at: Option<Time>) -> Result<Vec<SymbolView>, ReadError> {
        let mut held = holdings::of_all(&self.0.db).await?;
        let listed = |symbol: &Symbol| {
            at.is_none_or(|at| {
                symbol.listed_at.is_none_or(|listed| listed <= at)
                    && symbol.delisted_at.is_none_or(|delisted| at < delisted)
            })
        };
        let all = symbols::list(&self.0.db).await?;
        let all = all.into_iter().filter(listed);
        Ok(all
            .map(|symbol| {
                let held = held.remove(&symbol.id).unwrap_or_default();
                self.view(symbol, &held)
            })
            .collect())
    }

    /// One symbol.
    ///
    /// # Errors
    /// [`ReadError::UnknownSymbol`], or the database's.
    pub async fn symbol(&self, name: &SymbolName) -> Result<SymbolDetail, ReadError> {
        let symbol = self.stored(name).await?;
        let rules = symbols::rules(&self.0.db, symbol.id).await?;
        let held = holdings::of_symbol(&self.0.db, symbol.id).await?;
        let mut ranges: Vec<(Option<Interval>, Range)> = held.iter().map(range).collect();
        // Ticks first, then candles from the shortest.
        ranges.sort_by(|(a, x), (b, y)| (a, &x.origin).cmp(&(b, &y.origin)));
        let ranges = ranges.into_iter().map(|(_, range)| range).collect();
        Ok(SymbolDetail { view: self.view(symbol, &held), rules, ranges })
    }

    /// The symbols of one venue, by code.
    ///
    /// # Errors
    /// The database's.
    pub async fn symbols_of(&self, venue: &str) -> Result<Vec<Symbol>, ReadError> {
        let mut symbols = symbols::list(&self.0.db).await?;
        symbols.retain(|symbol| symbol.name.venue() == venue);
        Ok(symbols)
    }

    fn view(&self, symbol: Symbol, held: &[Holding]) -> SymbolView {
        let live = self.0.live.price(&symbol.name);
        let last = last_price(symbol.summary.as_ref(), live, self.0.clock.now());
        let before = symbol.summary.as_ref().map(|summary| summary.price_24h_ago);
        let (change, percent) =
            last.zip(before).map(|((last, _), before)| change(last, before)).unzip();
        let intervals = Interval::ALL.into_iter();
        let intervals =
            intervals.filter(|i| held.iter().any(|h| h.interval == i.as_str())).collect();
        SymbolView {
            last_price: last.map(|(price, _)| price),
            last_time: last.map(|(_, time)| time),
            change_24h: change,
            change_24h_percent: percent.flatten(),
            volume_24h: symbol.summary.as_ref().and_then(|summary| summary.volume_24h),
            intervals,
            symbol,
        }
    }
}

/// The summary's close at its candle's end, or a live price that came after that candle opened.
fn last_price(
    summary: Option<&Summary>,
    live: Option<Price>,
    now: Time,
) -> Option<(Decimal, Time)> {
    let live = live.map(|live| (live.price, live.time));
    let Some(summary) = summary else { return live };
    if let Some((_, time)) = live
        && time >= summary.last_open_time
    {
        return live;
    }
    let open_time = summary.last_open_time;
    let end = summary.interval.parse::<Interval>().map_or(open_time, |i| i.close_time(open_time));
    // A candle that is not over yet has not been traded to its end.
    Some((summary.last_price, end.min(now)))
}

/// `last - before`, exactly, and in percent of `before` with two places.
pub(super) fn change(last: Decimal, before: Decimal) -> (Amount, Option<Decimal>) {
    let exact = Amount::from(last).mantissa() - Amount::from(before).mantissa();
    let ratio = last.checked_sub(before).and_then(|change| change.checked_div(before));
    let percent = ratio.and_then(|ratio| ratio.checked_mul(Decimal::ONE_HUNDRED)).map(|percent| {
        let mut percent = percent.round_dp(2);
        percent.rescale(2);
        if percent.is_zero() {
            percent.set_sign_positive(true);
        }
        percent
    });
    (Amount::from_mantissa(exact), percent)
}

fn range(held: &Holding) -> (Option<Interval>, Range) {
    let interval = held.interval.parse::<Interval>().ok().filter(|_| held.interval != TICK);
    let last = held.last_time;
    let to = interval.map_or_else(|| last.plus_micros(1), |interval| interval.close_time(last));
    let range = Range {
        interval: held.interval.clone(),
        origin: held.origin.clone(),
        from: held.first_time,
        to,
        count: held.row_count,
    };
    (interval, range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        domain::parse_decimal(text).unwrap()
    }

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_change_is_exact_and_its_percentage_has_two_places() {
        let told = |last, before| {
            let (change, percent) = change(decimal(last), decimal(before));
            (change.to_string(), percent.unwrap().to_string())
        };
        let small = "1000000000.000000000000000001";
        assert_eq!(told("110", "100"), ("10".into(), "10.00".into()));
        assert_eq!(told("61794.15", "61917.55"), ("-123.4".into(), "-0.20".into()));
        assert_eq!(told(small, "1000000000"), ("0.000000000000000001".into(), "0.00".into()));
        assert_eq!(told("1000000000", small), ("-0.000000000000000001".into(), "0.00".into()));
    }

    #[test]
    fn the_newer_of_summary_and_live_is_the_last_price() {
        let summary = Summary {
            last_open_time: at("2024-08-08T23:59:00Z"),
            interval: "1m".into(),
            last_price: decimal("10"),
            price_24h_ago: decimal("9"),
            high_24h: decimal("11"),
            low_24h: decimal("8"),
            volume_24h: None,
        };
        let live = |time| Some(Price { price: decimal("12"), time: at(time), replay: false });
        let now = at("2025-01-01T00:00:00Z");
        let last =
            |summary, live, now| last_price(summary, live, now).map(|(p, t)| (p.to_string(), t));
        let close = Some(("10".to_owned(), at("2024-08-09T00:00:00Z")));
        assert_eq!(last(Some(&summary), None, now), close);
        assert_eq!(last(Some(&summary), live("2024-08-08T23:58:59Z"), now), close);
        let newer = at("2024-08-08T23:59:01Z");
        assert_eq!(
            last(Some(&summary), live("2024-08-08T23:59:01Z"), now),
            Some(("12".into(), newer))
        );
        assert_eq!(last(Some(&summary), None, newer), Some(("10".into(), newer)));
        assert_eq!(last(None, None, now), None);
    }
}
