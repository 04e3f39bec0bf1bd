//! Symbols ranked by what they did in the last 24 hours. The board is made at most once in a few
//! seconds, however many ask, and holds what each wants to see of it.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use domain::market::Interval;
use domain::{Amount, Decimal, Time};
use store::market::board::{self, BoardRow};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{MarketReader, ReadError};

const LIFE: Duration = Duration::from_secs(3);
const DAY_MICROS: i64 = 86_400_000_000;

/// What a board is ranked by, largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RankBy {
    /// Units of quote.
    QuoteVolume,
    /// Units of base.
    Volume,
    /// Number of trades.
    Trades,
    /// Change of the price in percent.
    Change,
}

/// One symbol in the last 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// Its figures; the price is in `price`.
    pub day: BoardRow,
    /// Its last price.
    pub price: Decimal,
    /// That minus the first price of the 24 hours.
    pub change: Amount,
    /// The same in percent of the first price, rounded to two places.
    pub change_percent: Option<Decimal>,
}

/// The symbols that traded in a range of 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardView {
    /// Its beginning, a whole minute.
    pub from: Time,
    /// Its end: that of the current minute.
    pub to: Time,
    /// The symbols, in no order.
    pub symbols: Vec<Board>,
}

/// The last board and when it was made. Held locked while one is made, so that only one is.
#[derive(Default)]
pub(super) struct Kept(Mutex<Option<(Instant, Arc<BoardView>)>>);

impl MarketReader {
    /// What every symbol did in the 1,440 minutes that end with the current one; at most 3 s old.
    ///
    /// # Errors
    /// The database's.
    pub async fn board(&self) -> Result<Arc<BoardView>, ReadError> {
        let mut kept = self.0.board.0.lock().await;
        if let Some((made, board)) = &*kept
            && made.elapsed() < LIFE
        {
            return Ok(Arc::clone(board));
        }
        let to = Interval::M1.close_time(Interval::M1.open_time(self.0.clock.now()));
        let from = to.plus_micros(-DAY_MICROS);
        let days = board::of_range(&self.0.db, from, to).await?;
        let symbols = days.into_iter().map(|day| self.entry(day)).collect();
        let board = Arc::new(BoardView { from, to, symbols });
        *kept = Some((Instant::now(), Arc::clone(&board)));
        Ok(board)
    }

    fn entry(&self, day: BoardRow) -> Board {
        let live = self.0.live.price(&day.symbol).filter(|live| live.time >= day.last_open_time);
        let price = live.map_or(day.close, |live| live.price);
        let (change, change_percent) = super::symbols::change(price, day.open);
        let (high, low) = (day.high.max(price), day.low.min(price));
        Board { day: BoardRow { high, low, ..day }, price, change, change_percent }
    }
}

impl BoardView {
    /// The first of those that `wanted` lets through. A symbol of which a figure isn't known comes
    /// after all of which it is; equal ones stand by name.
    pub fn ranked(
        &self,
        by: RankBy,
        limit: usize,
        wanted: impl Fn(&BoardRow) -> bool,
    ) -> Vec<&Board> {
        let mut symbols: Vec<&Board> = self.symbols.iter().filter(|s| wanted(&s.day)).collect();
        symbols.sort_by(|a, b| a.day.symbol.cmp(&b.day.symbol));
        match by {
            RankBy::QuoteVolume => symbols.sort_by_key(|s| Reverse(s.day.quote_volume)),
            RankBy::Volume => symbols.sort_by_key(|s| Reverse(s.day.volume)),
            RankBy::Trades => symbols.sort_by_key(|s| Reverse(s.day.trade_count)),
            RankBy::Change => symbols.sort_by_key(|s| Reverse(s.change_percent)),
        }
        symbols.truncate(limit);
        symbols
    }
}
