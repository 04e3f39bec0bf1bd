//! The CSV files of Binance's public archive (data.binance.vision), known by their shape: klines of
//! 12 columns, trades of 6 or 7, aggTrades of 7 or 8. Older files have no header, those from 2025
//! on count microseconds, and booleans are written in three ways.

use super::Kind;
use super::cell::Cell;
use super::columns::Column::{
    self, Close, FirstId, High, Id, IsBuyerMaker, LastId, Low, Open, Price, Quantity, QuoteVolume,
    Skip, TakerBuyQuoteVolume, TakerBuyVolume, Time, TradeCount, Volume,
};
use super::columns::Layout;
use super::error::Refusal;
use super::moment;
use super::plan::of_micros;
use super::row::Row;

/// Columns of a kline, in the archive and in REST answers.
pub(super) const KLINE: [Column; 12] = [
    Time,
    Open,
    High,
    Low,
    Close,
    Volume,
    Skip,
    QuoteVolume,
    TradeCount,
    TakerBuyVolume,
    TakerBuyQuoteVolume,
    Skip,
];
const TRADE: [Column; 7] = [Id, Price, Quantity, Skip, Time, IsBuyerMaker, Skip];
const AGG_TRADE: [Column; 8] = [Id, Price, Quantity, FirstId, LastId, Time, IsBuyerMaker, Skip];

/// The place of a kline's closing time.
const CLOSE_TIME: usize = 6;

/// The headers that Binance has written, by their first columns.
const HEADERS: [(&[&str], Kind); 4] = [
    (&["open_time", "open", "high", "low", "close", "volume", "close_time"], Kind::Candles),
    (&["id", "price", "qty", "quote_qty", "time", "is_buyer_maker"], Kind::Trades),
    (&["agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id"], Kind::AggTrades),
    (&["agg_id", "price", "qty", "first_id", "last_id", "time"], Kind::AggTrades),
];

/// What kind of archive file has this header.
pub(super) fn kind_of_header(header: &[&str]) -> Option<Kind> {
    let is = |names: &[&str]| {
        header.len() >= names.len()
            && names.iter().zip(header).all(|(name, found)| found.trim().eq_ignore_ascii_case(name))
    };
    let (_, kind) = HEADERS.into_iter().find(|(names, _)| is(names))?;
    layout(kind, header.len()).map(|_| kind)
}

/// What kind of archive file has a row of this shape.
pub(super) fn kind_of_row<R: Row + ?Sized>(row: &R, width: usize) -> Option<Kind> {
    let number = |at| row.cell(at).decimal().is_ok();
    let whole = |at| row.cell(at).whole().ok();
    let truth = |at| row.cell(at).truth().is_ok();
    // Milliseconds or microseconds of this century.
    let time = |at| whole(at).filter(|time| *time > 900_000_000_000);
    let numbers = |mut places: std::ops::Range<usize>| places.all(number);
    let kind = match width {
        12 if numbers(1..11) && time(0).zip(time(CLOSE_TIME)).is_some_and(|(a, b)| a < b) => {
            Kind::Candles
        }
        6 | 7 if numbers(0..4) && time(4).is_some() && (5..width).all(truth) => Kind::Trades,
        7 | 8 if numbers(0..5) && time(5).is_some() && (6..width).all(truth) => Kind::AggTrades,
        _ => return None,
    };
    Some(kind)
}

/// The columns of such a file.
pub(super) fn layout(kind: Kind, width: usize) -> Option<Layout> {
    let columns = match (kind, width) {
        (Kind::Candles, 12) => &KLINE[..],
        (Kind::Trades, 6 | 7) => &TRADE[..width],
        (Kind::AggTrades, 7 | 8) => &AGG_TRADE[..width],
        _ => return None,
    };
    Some(Layout::of(columns))
}

/// The interval of klines, from the opening and closing time of one of them.
pub(super) fn interval<R: Row + ?Sized>(row: &R) -> Result<domain::market::Interval, Refusal> {
    let at = |place| moment::time(row.cell(place), None).map_err(Refusal::because);
    let (open, close) = (at(0)?, at(CLOSE_TIME)?);
    // The closing time is the last unit of the candle, be it milliseconds or microseconds.
    let unit = match row.cell(0) {
        Cell::Text(text) if text.len() > 14 => 1,
        Cell::Whole(whole) if whole > 100_000_000_000_000 => 1,
        _ => 1_000,
    };
    of_micros(close.micros() - open.micros() + unit)
}
