//! Ticks and candles in as little memory as holds them exactly: a quarter to a half of what the
//! domain's types take, which are made for any number. What doesn't fit is not kept at all.

use domain::market::{Candle, Order, Tick};
use domain::{Amount, Decimal, Time};

/// Stands for an arrival or a number of trades that isn't known; no real one is so small.
const UNKNOWN: i64 = i64::MIN;

/// A tick in 56 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackedTick {
    time: Time,
    received_at: i64,
    id: i64,
    price: i64,
    quantity: i64,
    seq: i32,
    trade_count: i32,
    scales: [u8; 2],
    buyer_is_maker: Option<bool>,
}

/// A candle in 128 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackedCandle {
    open_time: Time,
    trade_count: i64,
    prices: [i64; 4],
    amounts: [i128; 4],
    price_scales: [u8; 4],
    /// 255 where there is no amount.
    amount_scales: [u8; 4],
}

/// What has a place in time.
pub(crate) trait Placed {
    type Place: Ord + Copy;
    fn place(&self) -> Self::Place;
}

impl Placed for PackedTick {
    type Place = Order;

    fn place(&self) -> Order {
        Order { time: self.time, seq: self.seq, id: self.id }
    }
}

impl Placed for PackedCandle {
    type Place = Time;

    fn place(&self) -> Time {
        self.open_time
    }
}

impl PackedTick {
    pub(super) fn new(tick: &Tick) -> Option<Self> {
        if tick.venue_trade_id.is_some() {
            return None;
        }
        let (price, price_scale) = pack(tick.price)?;
        let (quantity, quantity_scale) = pack(tick.quantity)?;
        Some(Self {
            time: tick.time,
            received_at: tick.received_at.map_or(UNKNOWN, Time::micros),
            id: tick.trade_id,
            price,
            quantity,
            seq: tick.seq,
            trade_count: tick.trade_count,
            scales: [price_scale, quantity_scale],
            buyer_is_maker: tick.buyer_is_maker,
        })
    }

    pub(super) fn tick(&self) -> Tick {
        Tick {
            time: self.time,
            seq: self.seq,
            trade_id: self.id,
            price: unpack(self.price, self.scales[0]),
            quantity: unpack(self.quantity, self.scales[1]),
            buyer_is_maker: self.buyer_is_maker,
            trade_count: self.trade_count,
            received_at: Time::from_micros(self.received_at).ok(),
            venue_trade_id: None,
        }
    }
}

impl PackedCandle {
    const NONE: u8 = u8::MAX;

    pub(super) fn new(candle: &Candle) -> Option<Self> {
        let (mut prices, mut price_scales) = ([0; 4], [0; 4]);
        let given = [candle.open, candle.high, candle.low, candle.close];
        for (at, price) in given.into_iter().enumerate() {
            (prices[at], price_scales[at]) = pack(price)?;
        }
        let (mut amounts, mut amount_scales) = ([0; 4], [Self::NONE; 4]);
        let given = [
            Some(candle.volume),
            candle.quote_volume,
            candle.taker_buy_volume,
            candle.taker_buy_quote_volume,
        ];
        for (at, amount) in given.into_iter().enumerate() {
            if let Some(amount) = amount {
                (amounts[at], amount_scales[at]) = amount.packed()?;
            }
        }
        Some(Self {
            open_time: candle.open_time,
            trade_count: candle.trade_count.unwrap_or(UNKNOWN),
            prices,
            amounts,
            price_scales,
            amount_scales,
        })
    }

    pub(super) fn candle(&self) -> Candle {
        let price = |at: usize| unpack(self.prices[at], self.price_scales[at]);
        Candle {
            open_time: self.open_time,
            open: price(0),
            high: price(1),
            low: price(2),
            close: price(3),
            volume: self.volume(),
            quote_volume: self.amount(1),
            trade_count: Some(self.trade_count).filter(|count| *count != UNKNOWN),
            taker_buy_volume: self.amount(2),
            taker_buy_quote_volume: self.amount(3),
        }
    }

    pub(super) fn volume(&self) -> Amount {
        self.amount(0).unwrap_or(Amount::ZERO)
    }

    /// Whether it is the same candle after more trades, or the same ones. A candle built of trades
    /// is a function of their set, which only grows; so commits may be heard of in any order.
    pub(super) fn follows(&self, before: &Self) -> bool {
        self.trade_count >= before.trade_count
    }

    fn amount(&self, at: usize) -> Option<Amount> {
        let scale = self.amount_scales[at];
        (scale != Self::NONE).then(|| Amount::unpacked(self.amounts[at], scale))
    }
}

fn pack(value: Decimal) -> Option<(i64, u8)> {
    Some((i64::try_from(value.mantissa()).ok()?, u8::try_from(value.scale()).ok()?))
}

fn unpack(mantissa: i64, scale: u8) -> Decimal {
    Decimal::new(mantissa, scale.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_to_the_digit_or_are_refused() {
        let number = |text: &str| domain::parse_decimal(text).expect("a number");
        let amount = |text: &str| text.parse::<Amount>().expect("an amount");
        let tick = Tick {
            time: Time::from_micros(-5).expect("a time"),
            seq: -1,
            trade_id: i64::MIN,
            price: number("61794.10"),
            quantity: number("0.000000000000000001"),
            buyer_is_maker: None,
            trade_count: 3,
            received_at: Time::from_micros(0).ok(),
            venue_trade_id: None,
        };
        let back = PackedTick::new(&tick).expect("it fits").tick();
        assert_eq!((&back, back.price.scale()), (&tick, 2));
        let unknown = Tick { received_at: None, buyer_is_maker: Some(true), ..tick.clone() };
        assert_eq!(PackedTick::new(&unknown).expect("it fits").tick(), unknown);
        let long = Tick { price: number("9999999999999999999999999999"), ..tick.clone() };
        let named = Tick { venue_trade_id: Some("x".into()), ..tick };
        assert!(PackedTick::new(&long).is_none() && PackedTick::new(&named).is_none());

        let candle = Candle {
            open_time: Time::default(),
            open: number("1.50"),
            high: number("2"),
            low: number("0.1"),
            close: number("1.5"),
            volume: Amount::product(
                number("99999999999999.99999999999999"),
                number("99999999999999.99999999999999"),
            ),
            quote_volume: None,
            trade_count: None,
            taker_buy_volume: Some(Amount::ZERO),
            taker_buy_quote_volume: Some(amount("9999999999999999999999999999999999")),
        };
        assert!(PackedCandle::new(&candle).is_none(), "56 digits don't fit");
        let candle = Candle { volume: amount("12.000000000000000000000000000000000001"), ..candle };
        assert_eq!(PackedCandle::new(&candle).expect("it fits").candle(), candle);
        assert_eq!((size_of::<PackedTick>(), size_of::<PackedCandle>()), (56, 128));
    }
}
