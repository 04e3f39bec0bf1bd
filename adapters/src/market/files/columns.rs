//! Which column of a file means what: by the names in its header, by its shape where that is
//! certain, or as the user says with `--columns`.

use std::fmt;
use std::str::FromStr;

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// When the candle opens or the trade happened.
    Time,
    /// First price of a candle.
    Open,
    /// Highest price of a candle.
    High,
    /// Lowest price of a candle.
    Low,
    /// Last price of a candle.
    Close,
    /// Units of base in a candle.
    Volume,
    /// Units of quote in a candle.
    QuoteVolume,
    /// Number of trades in a candle or an aggregate trade.
    TradeCount,
    /// Units of base bought by takers.
    TakerBuyVolume,
    /// Units of quote spent by buying takers.
    TakerBuyQuoteVolume,
    /// Price of a trade.
    Price,
    /// Units of base in a trade.
    Quantity,
    /// The same, below zero where the taker sold.
    SignedQuantity,
    /// The taker's side: buy or sell.
    Side,
    /// The venue's id of a trade.
    Id,
    /// Whether the buyer was the maker.
    IsBuyerMaker,
    /// When the trade arrived at the recorder.
    ReceivedAt,
    /// The venue's id where it is a text; goes before [`Column::Id`].
    VenueId,
    /// Id of the first trade in an aggregate trade.
    FirstId,
    /// Id of the last trade in an aggregate trade.
    LastId,
    /// `trade` or `agg_trade`.
    Kind,
    /// Place among the trades of the same time.
    Seq,
    /// Means nothing here.
    Skip,
}

impl Column {
    const COUNT: usize = Self::Skip as usize;
    const ALL: [Self; Self::COUNT + 1] = [
        Self::Time,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::QuoteVolume,
        Self::TradeCount,
        Self::TakerBuyVolume,
        Self::TakerBuyQuoteVolume,
        Self::Price,
        Self::Quantity,
        Self::SignedQuantity,
        Self::Side,
        Self::Id,
        Self::IsBuyerMaker,
        Self::ReceivedAt,
        Self::VenueId,
        Self::FirstId,
        Self::LastId,
        Self::Kind,
        Self::Seq,
        Self::Skip,
    ];

    /// Its name in `--columns`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::QuoteVolume => "quote_volume",
            Self::TradeCount => "trade_count",
            Self::TakerBuyVolume => "taker_buy_volume",
            Self::TakerBuyQuoteVolume => "taker_buy_quote_volume",
            Self::Price => "price",
            Self::Quantity => "quantity",
            Self::SignedQuantity => "signed_quantity",
            Self::Side => "side",
            Self::Id => "id",
            Self::IsBuyerMaker => "is_buyer_maker",
            Self::ReceivedAt => "received_at",
            Self::VenueId => "venue_trade_id",
            Self::FirstId => "first_id",
            Self::LastId => "last_id",
            Self::Kind => "kind",
            Self::Seq => "seq",
            Self::Skip => "-",
        }
    }

    /// The column that a rule of the domain calls so.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == name)
    }

    /// Names that headers give it in a file of candles, the surest first.
    const fn candle_aliases(self) -> &'static [&'static str] {
        match self {
            Self::Time => TIMES,
            Self::Open => &["open", "o", "open_price"],
            Self::High => &["high", "h", "high_price"],
            Self::Low => &["low", "l", "low_price"],
            Self::Close => &["close", "c", "close_price"],
            Self::Volume => &["volume", "vol", "v", "base_volume", "volume_base", "volume_from"],
            Self::QuoteVolume => {
                &["quote_volume", "quote_asset_volume", "volume_quote", "volume_to", "turnover"]
            }
            Self::TradeCount => {
                &["trade_count", "count", "trades", "number_of_trades", "num_trades", "tradecount"]
            }
            Self::TakerBuyVolume => {
                &["taker_buy_volume", "taker_buy_base_asset_volume", "taker_buy_base_volume"]
            }
            Self::TakerBuyQuoteVolume => {
                &["taker_buy_quote_volume", "taker_buy_quote_asset_volume"]
            }
            _ => &[],
        }
    }

    /// Names that headers give it in a file of trades, the surest first.
    const fn trade_aliases(self) -> &'static [&'static str] {
        match self {
            Self::Time => TIMES,
            Self::Price => &["price", "trade_price", "p"],
            Self::Quantity => &["quantity", "qty", "amount", "size", "volume", "vol", "q"],
            Self::SignedQuantity => &["signed_quantity"],
            Self::Side => &["side", "taker_side"],
            Self::Id => &["id", "trade_id", "tid", "agg_trade_id", "agg_id", "tradeid"],
            Self::IsBuyerMaker => &["is_buyer_maker", "buyer_is_maker", "isbuyermaker", "m"],
            Self::ReceivedAt => {
                &["received_at", "arrival_time", "local_timestamp", "time_received"]
            }
            Self::VenueId => &["venue_trade_id"],
            Self::FirstId => &["first_id", "first_trade_id", "f"],
            Self::LastId => &["last_id", "last_trade_id", "l"],
            Self::TradeCount => &["trade_count"],
            Self::Kind => &["kind"],
            Self::Seq => &["seq"],
            _ => &[],
        }
    }
}

/// The venue's time goes before any other, and what is certainly a moment before a mere date.
const TIMES: &[&str] = &[
    "exchange_timestamp",
    "time_exchange",
    "open_time",
    "time",
    "timestamp",
    "timestamp_ms",
    "transact_time",
    "datetime",
    "date",
    "t",
    "index",
    "__index_level_0__",
];

/// A text that names no column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a column; there are time, open, high, low, close, volume, quote_volume, \
     trade_count, taker_buy_volume, taker_buy_quote_volume, price, quantity, signed_quantity, \
     side, id, is_buyer_maker, received_at, and - for one to pass over"
)]
pub struct UnknownColumn(pub String);

impl FromStr for Column {
    type Err = UnknownColumn;

    fn from_str(text: &str) -> Result<Self, UnknownColumn> {
        Self::named(text.trim()).ok_or_else(|| UnknownColumn(text.trim().to_owned()))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Where each column of a file is, and what the file calls it.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    at: [Option<usize>; Column::COUNT],
    names: Vec<String>,
}

impl Layout {
    /// The columns in the order in which they stand.
    pub(super) fn of(columns: &[Column]) -> Self {
        let mut at = [None; Column::COUNT];
        for (index, column) in columns.iter().enumerate() {
            if let Some(place) = at.get_mut(*column as usize) {
                *place = Some(index);
            }
        }
        Self { at, names: columns.iter().map(|column| column.as_str().to_owned()).collect() }
    }

    /// The same with the names that the file itself uses.
    pub(super) fn called<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        Self { names: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Reads a header. Whether it is of candles or of trades shows in the prices it names.
    ///
    /// # Errors
    /// Says which column is missing.
    pub(super) fn of_header(header: &[&str]) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(|name| normal(name)).collect();
        let find = |aliases: &[&str]| {
            aliases.iter().find_map(|alias| names.iter().position(|name| name == alias))
        };
        let candles = find(&["open"]).is_some() && find(&["close"]).is_some();
        let mut at = [None; Column::COUNT];
        for (place, column) in at.iter_mut().zip(Column::ALL) {
            let aliases = if candles { column.candle_aliases() } else { column.trade_aliases() };
            *place = find(aliases);
        }
        let time = at[Column::Time as usize];
        let received = &mut at[Column::ReceivedAt as usize];
        if !candles
            && received.is_none()
            && time.is_some_and(|time| names[time].contains("exchange"))
        {
            *received = find(&["timestamp", "time"]);
        }
        let layout = Self { at, names: header.iter().map(|name| name.trim().to_owned()).collect() };
        layout.complete()?;
        Ok(layout)
    }

    /// Checks that nothing indispensable is missing.
    pub(super) fn complete(&self) -> Result<(), String> {
        let needed: &[Column] = if self.is_candles() {
            &[Column::Time, Column::Open, Column::High, Column::Low, Column::Close, Column::Volume]
        } else {
            &[Column::Time, Column::Price]
        };
        let quantity =
            self.is_candles() || self.has(Column::Quantity) || self.has(Column::SignedQuantity);
        let missing = needed.iter().copied().find(|column| !self.has(*column));
        match missing.or((!quantity).then_some(Column::Quantity)) {
            None => Ok(()),
            Some(column) => Err(format!(
                "has no column that is surely `{column}` among `{}`; name its columns with --columns",
                self.names.join(",")
            )),
        }
    }

    pub(super) fn is_candles(&self) -> bool {
        self.has(Column::Open) || self.has(Column::High) || self.has(Column::Close)
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.at(column).is_some()
    }

    /// Where the column is.
    pub(super) fn at(&self, column: Column) -> Option<usize> {
        self.at.get(column as usize).copied().flatten()
    }

    /// What the file calls it.
    pub(super) fn name(&self, column: Column) -> &str {
        let own = self.at(column).and_then(|at| self.names.get(at));
        own.map_or(column.as_str(), String::as_str)
    }

    /// How many columns a row must have.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    /// The used places in ascending order, and this layout for rows that hold only those.
    pub(super) fn projected(&self) -> (Vec<usize>, Self) {
        let mut used: Vec<usize> = self.at.iter().copied().flatten().collect();
        used.sort_unstable();
        used.dedup();
        let at = self.at.map(|at| at.and_then(|at| used.binary_search(&at).ok()));
        let names = used.iter().map(|at| self.names[*at].clone()).collect();
        (used, Self { at, names })
    }

    /// Names of the columns that nothing is read from.
    pub(super) fn unused(&self) -> Vec<&str> {
        let unused = |at: &usize| !self.at.contains(&Some(*at));
        (0..self.names.len()).filter(unused).map(|at| self.names[at].as_str()).collect()
    }
}

fn normal(name: &str) -> String {
    let name = name.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
    name.replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(header: &str) -> Layout {
        Layout::of_header(&header.split(',').collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn headers() {
        let candles = layout("timestamp_ms,open,close,high,low,volume");
        assert!(candles.is_candles());
        assert_eq!((candles.at(Column::Close), candles.at(Column::Low)), (Some(2), Some(4)));
        let trades = layout("timestamp,price,size,side,trade_id,exchange_timestamp");
        assert!(!trades.is_candles());
        assert_eq!((trades.at(Column::Time), trades.at(Column::ReceivedAt)), (Some(5), Some(0)));
        assert_eq!(trades.name(Column::Quantity), "size");
        let shouting = layout("Date,OPEN,High,Low,Close,Volume,Quote asset volume,Colour");
        assert_eq!(shouting.at(Column::QuoteVolume), Some(6));
        assert_eq!(shouting.unused(), ["Colour"]);
        let (used, projected) = trades.projected();
        assert_eq!((used.len(), projected.at(Column::Time)), (6, Some(5)));
        assert_eq!(layout("x,time,y,price,amount").projected().0, [1, 3, 4]);
    }

    #[test]
    fn what_is_missing_is_said() {
        let header: Vec<_> = "time,open,high,close,volume".split(',').collect();
        let reason = Layout::of_header(&header).unwrap_err();
        assert!(reason.contains("`low`") && reason.contains("--columns"), "{reason}");
        assert!(
            Layout::of(&[Column::Time, Column::Price]).complete().unwrap_err().contains("quantity")
        );
        assert!("prize".parse::<Column>().is_err());
        for column in Column::ALL {
            assert_eq!(column.as_str().parse(), Ok(column));
            assert_eq!(Column::ALL[column as usize], column);
        }
    }
}
