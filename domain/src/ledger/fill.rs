//! A trade of an order's, as the venue reports it.

use serde::{Deserialize, Serialize};

use super::Refusal;
use super::checks::check_decimal;
use crate::number::{Amount, Decimal, MAX_SCALE};
use crate::text;
use crate::time::Time;

/// Which side of the trade the order was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liquidity {
    /// It waited in the book.
    Maker,
    /// It met one that waited.
    Taker,
    /// The venue doesn't say.
    Unknown,
}

/// What the venue took for a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// In which asset.
    pub asset: String,
    /// How much; a rebate is negative.
    pub amount: Amount,
}

/// A trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The venue's id, known once per order.
    pub venue_trade_id: String,
    /// Price of one unit of base, in quote.
    #[serde(with = "text::decimal")]
    pub price: Decimal,
    /// Units of base.
    #[serde(with = "text::decimal")]
    pub quantity: Decimal,
    /// Price × quantity, exactly.
    pub quote: Amount,
    /// What it cost.
    pub fees: Vec<Fee>,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// When the venue says it happened.
    pub time: Time,
    /// The profit in quote that the venue says it realised; kept, never used for ours.
    #[serde(deserialize_with = "Option::deserialize")]
    pub venue_profit: Option<Amount>,
}

/// Amounts reach to 5 × 10^40: a million of the largest still add up.
const MOST: u128 = 10u128.pow(34);

/// Refuses an amount that sums could not hold, or a name that is none.
pub(super) fn check_amount(
    field: &'static str,
    asset: &str,
    amount: Amount,
) -> Result<(), Refusal> {
    let most = Amount::unpacked(MOST as i128, 0);
    if amount.abs() >= most {
        return Err(Refusal::TooLarge { field, value: amount, most });
    }
    let name = |b: u8| b.is_ascii_graphic();
    if asset.is_empty() || asset.len() > 32 || !asset.bytes().all(name) {
        return Err(Refusal::BadAsset { field, value: asset.chars().take(64).collect() });
    }
    Ok(())
}

impl Fill {
    /// Checks what holds for every fill, whatever its order. A venue's price is right even where it
    /// is off its own tick.
    pub(super) fn check(&self, base: &str, quote: &str) -> Result<(), Refusal> {
        let id = &self.venue_trade_id;
        if id.is_empty() || id.len() > 128 {
            return Err(Refusal::BadTradeId { value: id.chars().take(160).collect() });
        }
        for (field, value) in [("price", self.price), ("quantity", self.quantity)] {
            check_decimal(field, value)?;
        }
        let product = Amount::product(self.price, self.quantity);
        check_amount("quote", quote, product)?;
        if self.quote != product {
            return Err(Refusal::QuoteDiffers { told: self.quote, product });
        }
        for fee in &self.fees {
            check_amount("fees", &fee.asset, fee.amount)?;
            // What is left of a quantity is a quantity, or products with prices were rounded.
            if fee.asset == base && fee.amount.scale() > MAX_SCALE {
                return Err(Refusal::FeeTooPrecise { value: fee.amount });
            }
        }
        let in_base = self.fee_in(base);
        let quantity = Amount::from(self.quantity);
        if in_base.abs() >= quantity {
            return Err(Refusal::FeeTakesAll { fee: in_base, quantity });
        }
        Ok(())
    }

    /// What it cost in one asset.
    pub(super) fn fee_in(&self, asset: &str) -> Amount {
        let mut sum = Amount::ZERO;
        for fee in self.fees.iter().filter(|fee| fee.asset == asset) {
            sum += fee.amount;
        }
        sum
    }
}

impl Liquidity {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Maker => "maker",
            Self::Taker => "taker",
            Self::Unknown => "unknown",
        }
    }
}
