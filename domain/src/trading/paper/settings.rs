//! What a paper account pays, and how its orders meet the market.

use serde::{Deserialize, Serialize};

use crate::ledger::{Costs, Mode, Side, Terms, TimeInForce};
use crate::number::Decimal;
use crate::text;
use crate::trading::TradingRule;

/// Digits after the point of any of these numbers, so that what is made of them is exact.
const MAX_PLACES: u32 = 6;

/// In which asset fees are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeAsset {
    /// In quote, whichever way an order trades.
    Quote,
    /// Of spot, in what comes in: base for a buy, quote for a sale. Margin pays in quote.
    Received,
}

impl FeeAsset {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Received => "received",
        }
    }
}

/// What a taker loses against the last trade's price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Slippage {
    /// The same part of the price whatever is traded: zipline's `FixedBasisPointsSlippage`, without its volume limit.
    Fixed {
        /// Hundredths of a percent.
        #[serde(with = "text::decimal")]
        bps: Decimal,
    },
    /// `impact × share²` of the price, where share is the order's part of the volume of the last minute: zipline's
    /// `VolumeShareSlippage`.
    VolumeShare {
        /// The part of the price that all of the volume would cost.
        #[serde(with = "text::decimal")]
        impact: Decimal,
        /// The most that is taken at once, as a part of the volume.
        #[serde(with = "text::decimal")]
        limit: Decimal,
    },
}

/// How much stands before an order that begins to wait, at its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Queue {
    /// A part of the volume of the last minute.
    Share {
        /// That part; 1 is all of it.
        #[serde(with = "text::decimal")]
        share: Decimal,
    },
    /// As much as an amount of quote buys at that price.
    Quote {
        /// The amount.
        #[serde(with = "text::decimal")]
        amount: Decimal,
    },
}

/// The settings of a paper account. An order keeps those that it came under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperSettings {
    /// Part of the value that a maker pays; below zero it is a rebate.
    #[serde(with = "text::decimal")]
    pub maker_fee: Decimal,
    /// Part of the value that a taker pays.
    #[serde(with = "text::decimal")]
    pub taker_fee: Decimal,
    /// In which asset.
    pub fee_asset: FeeAsset,
    /// What a taker loses.
    pub slippage: Slippage,
    /// What a maker waits for.
    pub queue: Queue,
}

impl Default for PaperSettings {
    /// Fees of 0.1 % in quote, slippage of 5 basis points, and a tenth of a minute's volume in the queue.
    fn default() -> Self {
        Self {
            maker_fee: Decimal::new(1, 3),
            taker_fee: Decimal::new(1, 3),
            fee_asset: FeeAsset::Quote,
            slippage: Slippage::Fixed { bps: Decimal::new(5, 0) },
            queue: Queue::Share { share: Decimal::new(1, 1) },
        }
    }
}

impl PaperSettings {
    /// Whether fees of an order are paid in base.
    pub(super) fn pays_in_base(&self, terms: &Terms) -> bool {
        let buys = terms.mode == Mode::Spot && terms.side == Side::Buy;
        self.fee_asset == FeeAsset::Received && buys
    }

    /// What an order may cost beside its value.
    #[must_use]
    pub fn costs(&self, terms: &Terms) -> Costs {
        let rests = terms.kind.has_limit() && terms.time_in_force == TimeInForce::Gtc;
        let fee = if rests { self.maker_fee.max(self.taker_fee) } else { self.taker_fee };
        let fee = if self.pays_in_base(terms) { Decimal::ZERO } else { fee.max(Decimal::ZERO) };
        let slippage = match self.slippage {
            _ if terms.kind.has_limit() => Decimal::ZERO,
            Slippage::Fixed { bps } => bps * Decimal::new(1, 4),
            Slippage::VolumeShare { impact, limit } => impact * limit * limit,
        };
        Costs { fee, slippage }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`TradingRule::Paper`], which names the field.
    pub fn check(&self) -> Result<(), TradingRule> {
        let fee = (Decimal::new(-1, 2), Decimal::new(1, 1));
        within("maker_fee", self.maker_fee, fee)?;
        within("taker_fee", self.taker_fee, fee)?;
        match self.slippage {
            Slippage::Fixed { bps } => {
                within("slippage.bps", bps, (Decimal::ZERO, Decimal::new(5_000, 0)))?;
            }
            Slippage::VolumeShare { impact, limit } => {
                within("slippage.impact", impact, (Decimal::ZERO, Decimal::ONE_HUNDRED))?;
                within("slippage.limit", limit, (Decimal::new(1, MAX_PLACES), Decimal::ONE))?;
            }
        }
        match self.queue {
            Queue::Share { share } => {
                within("queue.share", share, (Decimal::ZERO, Decimal::new(1_000, 0)))
            }
            Queue::Quote { amount } => {
                let most = Decimal::new(1_000_000_000_000, 0);
                within("queue.amount", amount, (Decimal::ZERO, most))
            }
        }
    }
}

fn within(
    field: &'static str,
    given: Decimal,
    (least, most): (Decimal, Decimal),
) -> Result<(), TradingRule> {
    if given < least || given > most || given.normalize().scale() > MAX_PLACES {
        return Err(TradingRule::Paper { field, given, least, most });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_a_plain_form_and_each_number_its_range() {
        let usual = PaperSettings::default();
        assert_eq!(usual.check(), Ok(()));
        let text = r#"{"maker_fee":"0.001","taker_fee":"0.001","fee_asset":"quote","slippage":{"kind":"fixed","bps":"5"},"queue":{"kind":"share","share":"0.1"}}"#;
        assert_eq!(serde_json::to_string(&usual).expect("JSON"), text);
        assert_eq!(serde_json::from_str::<PaperSettings>(text).expect("as written"), usual);

        let decimal = |text: &str| crate::parse_decimal(text).expect(text);
        for (field, wrong) in [
            ("maker_fee", PaperSettings { maker_fee: decimal("-0.011"), ..usual }),
            ("taker_fee", PaperSettings { taker_fee: decimal("0.0000001"), ..usual }),
            (
                "slippage.bps",
                PaperSettings { slippage: Slippage::Fixed { bps: decimal("5000.1") }, ..usual },
            ),
            (
                "slippage.limit",
                PaperSettings {
                    slippage: Slippage::VolumeShare { impact: decimal("0.1"), limit: decimal("0") },
                    ..usual
                },
            ),
            (
                "queue.share",
                PaperSettings { queue: Queue::Share { share: decimal("-1") }, ..usual },
            ),
        ] {
            assert_eq!(wrong.check().map_err(|rule| rule.field()), Err(field));
        }
    }
}
