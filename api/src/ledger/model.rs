//! Orders and fills as clients write and see them.

use domain::ledger::{Metadata, Mode, OrderKind, Refusal, Side, Tags, Terms, TimeInForce, Trail};
use domain::{Amount, Decimal, Time, parse_decimal};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use store::ledger::orders::OrderRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::params::symbol;
use crate::problem::{Code, Problem};

/// An order that is wanted, or was sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrderBody {
    /// The venue account that pays.
    account: Uuid,
    /// The bot that it is for.
    #[serde(default)]
    #[schema(required = false)]
    bot: Option<Uuid>,
    /// Your name of it, once in an account: asked again with the same content it is the same order. 1 to 64 letters,
    /// digits and `_.:/-`.
    #[schema(examples("cross-000017"))]
    client_order_id: String,
    /// venue:CODE.
    #[schema(examples("binance:BTCUSDT"))]
    symbol: String,
    /// spot or margin; without it spot.
    #[serde(default = "spot")]
    #[schema(required = false, examples("spot"))]
    mode: String,
    /// buy or sell.
    #[schema(examples("buy"))]
    side: String,
    /// market, limit, stop, stop_limit or trailing_stop.
    #[schema(examples("limit"))]
    kind: String,
    /// gtc, ioc or fok; without it gtc.
    #[serde(default = "gtc")]
    #[schema(required = false, examples("gtc"))]
    time_in_force: String,
    /// Units of base.
    #[serde(default)]
    #[schema(required = false, examples("0.25"))]
    quantity: Option<String>,
    /// For a market buy instead: how much quote to spend at the most.
    #[serde(default)]
    #[schema(required = false, examples("1000"))]
    quote_quantity: Option<String>,
    /// The worst price of limit and stop_limit.
    #[serde(default)]
    #[schema(required = false, examples("61790.40"))]
    limit_price: Option<String>,
    /// What stop and stop_limit wait for.
    #[serde(default)]
    #[schema(required = false, examples("61000"))]
    stop_price: Option<String>,
    /// How far a trailing stop stays behind, in quote.
    #[serde(default)]
    #[schema(required = false, examples("250"))]
    trail_distance: Option<String>,
    /// The same in percent of the best price.
    #[serde(default)]
    #[schema(required = false, examples("1.5"))]
    trail_percent: Option<String>,
    /// Whether it may only make the position smaller.
    #[serde(default)]
    #[schema(required = false)]
    reduce_only: bool,
    /// How many times the margin the position is worth; without it 1.
    #[serde(default)]
    #[schema(required = false, examples("3"))]
    leverage: Option<String>,
    /// Whose idea it was: for the statistics.
    #[serde(default)]
    #[schema(required = false)]
    tags: TagsBody,
    /// Whether it went to the venue already.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) submitted: bool,
    /// The venue's number of it, where it has answered.
    #[serde(default)]
    #[schema(required = false)]
    pub(super) venue_order_id: Option<String>,
    /// What the venue says of it: an object, kept whole.
    #[serde(default)]
    #[schema(required = false, value_type = Object)]
    exchange_metadata: Option<Box<RawValue>>,
}

/// Why an order was sent.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TagsBody {
    /// The strategy's name.
    #[schema(examples("cross"))]
    strategy: Option<String>,
    /// Which of its rules opens the position.
    entry_logic: Option<String>,
    /// Which of its rules closes it.
    exit_logic: Option<String>,
    /// The candles that it looks at.
    #[schema(examples("5m"))]
    interval: Option<String>,
    /// What happened that the position is closed.
    #[schema(examples("stop_loss"))]
    exit_reason: Option<String>,
}

fn spot() -> String {
    "spot".to_owned()
}

fn gtc() -> String {
    "gtc".to_owned()
}

/// An order.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderBody {
    /// Number.
    id: Uuid,
    /// The venue account that pays.
    account: Uuid,
    /// The bot that it is for.
    #[schema(required)]
    bot: Option<Uuid>,
    /// Its name with whoever placed it.
    client_order_id: String,
    /// The venue's number of it.
    #[schema(required)]
    venue_order_id: Option<String>,
    /// venue:CODE.
    symbol: String,
    /// spot or margin.
    mode: String,
    /// buy or sell.
    side: String,
    /// market, limit, stop, stop_limit or trailing_stop.
    kind: String,
    /// new, submitted, open, partially_filled, filled, cancel_requested, cancelled, rejected or expired.
    status: String,
    /// Units of base wanted.
    #[schema(required, format = "decimal")]
    quantity: Option<String>,
    /// Or how much quote to spend.
    #[schema(required, format = "decimal")]
    quote_quantity: Option<String>,
    /// The worst price.
    #[schema(required, format = "decimal")]
    limit_price: Option<String>,
    /// What it waits for.
    #[schema(required, format = "decimal")]
    stop_price: Option<String>,
    /// How far a trailing stop stays behind, in quote.
    #[schema(required, format = "decimal")]
    trail_distance: Option<String>,
    /// The same in percent of the best price.
    #[schema(required, format = "decimal")]
    trail_percent: Option<String>,
    /// gtc, ioc or fok. Null, as the next two, only where the record is damaged: its first event is missing.
    #[schema(required, value_type = Option<String>)]
    time_in_force: Option<TimeInForce>,
    /// Whether it may only make the position smaller.
    #[schema(required)]
    reduce_only: Option<bool>,
    /// How many times the margin the position is worth.
    #[schema(required, format = "decimal")]
    leverage: Option<String>,
    /// Units of base traded.
    #[schema(format = "decimal")]
    filled: String,
    /// What they were worth in quote.
    #[schema(format = "decimal")]
    filled_quote: String,
    /// The strategy's name.
    #[schema(required)]
    strategy: Option<String>,
    /// Which of its rules opens the position.
    #[schema(required)]
    entry_logic: Option<String>,
    /// Which of its rules closes it.
    #[schema(required)]
    exit_logic: Option<String>,
    /// The candles that it looks at.
    #[schema(required)]
    interval: Option<String>,
    /// What happened that the position is closed.
    #[schema(required)]
    exit_reason: Option<String>,
    /// Why it was rejected, in the venue's code.
    #[schema(required)]
    reject_code: Option<String>,
    /// Why it was rejected or cancelled.
    #[schema(required)]
    reason: Option<String>,
    /// What the venue says of it.
    #[schema(value_type = Object)]
    exchange_metadata: Option<Box<RawValue>>,
    /// How many events it has had.
    version: i32,
    /// When it was placed.
    #[schema(format = DateTime)]
    placed_at: String,
    /// When it changed last.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<OrderRow> for OrderBody {
    fn from(row: OrderRow) -> Self {
        let plain = |number: Option<Decimal>| number.map(|number| number.normalize().to_string());
        let details = row.details.as_ref();
        let (trail_distance, trail_percent) = match details.and_then(|details| details.trail) {
            Some(Trail::Distance(distance)) => (plain(Some(distance)), None),
            Some(Trail::Percent(percent)) => (None, plain(Some(percent))),
            None => (None, None),
        };
        let time_in_force = details.map(|details| details.time_in_force);
        let reduce_only = details.map(|details| details.reduce_only);
        let leverage = plain(details.map(|details| details.leverage));
        let (tags, code, reason) = row
            .details
            .map(|details| (details.tags, details.code, details.reason))
            .unwrap_or_default();
        Self {
            id: row.id,
            account: row.account_id,
            bot: row.bot_id,
            client_order_id: row.client_order_id,
            venue_order_id: row.venue_order_id,
            symbol: row.symbol,
            mode: row.mode,
            side: row.side,
            kind: row.kind,
            status: row.status,
            quantity: plain(row.quantity),
            quote_quantity: plain(row.quote_quantity),
            limit_price: plain(row.limit_price),
            stop_price: plain(row.stop_price),
            trail_distance,
            trail_percent,
            time_in_force,
            reduce_only,
            leverage,
            filled: row.filled.to_string(),
            filled_quote: row.filled_quote.to_string(),
            strategy: row.strategy,
            entry_logic: tags.entry_logic,
            exit_logic: tags.exit_logic,
            interval: tags.interval,
            exit_reason: tags.exit_reason,
            reject_code: code,
            reason,
            // The database gave it as JSON.
            exchange_metadata: RawValue::from_string(row.exchange_metadata).ok(),
            version: row.version,
            placed_at: row.placed_at.to_string(),
            updated_at: row.updated_at.to_string(),
        }
    }
}

impl NewOrderBody {
    /// The order's terms.
    pub(super) fn terms(self) -> Result<Terms, Problem> {
        let trail = match (&self.trail_distance, &self.trail_percent) {
            (Some(_), Some(_)) => {
                let (field, kind) = ("trail_percent", "an order with trail_distance");
                return Err(
                    app::ledger::LedgerError::from(Refusal::Superfluous { field, kind }).into()
                );
            }
            (Some(distance), None) => Some(Trail::Distance(decimal("trail_distance", distance)?)),
            (None, Some(percent)) => Some(Trail::Percent(decimal("trail_percent", percent)?)),
            (None, None) => None,
        };
        let maybe = |name, text: &Option<String>| {
            text.as_deref().map(|text| decimal(name, text)).transpose()
        };
        let metadata = self.exchange_metadata.map_or("null".into(), Box::<str>::from);
        let exchange_metadata = Metadata::parse(&metadata)
            .map_err(|error| wrong("exchange_metadata", &error.to_string()))?;
        Ok(Terms {
            account: self.account,
            bot: self.bot,
            symbol: symbol(&self.symbol)?,
            mode: named::<Mode>("mode", &self.mode)?,
            side: named::<Side>("side", &self.side)?,
            kind: named::<OrderKind>("kind", &self.kind)?,
            time_in_force: named::<TimeInForce>("time_in_force", &self.time_in_force)?,
            quantity: maybe("quantity", &self.quantity)?,
            quote_quantity: maybe("quote_quantity", &self.quote_quantity)?,
            limit_price: maybe("limit_price", &self.limit_price)?,
            stop_price: maybe("stop_price", &self.stop_price)?,
            trail,
            reduce_only: self.reduce_only,
            leverage: maybe("leverage", &self.leverage)?.unwrap_or(Decimal::ONE),
            tags: self.tags.checked()?,
            client_order_id: self.client_order_id,
            exchange_metadata,
        })
    }
}

impl TagsBody {
    fn checked(self) -> Result<Tags, Problem> {
        const LONGEST: usize = 100;
        let Self { strategy, entry_logic, exit_logic, interval, exit_reason } = self;
        for (name, tag) in [
            ("tags.strategy", &strategy),
            ("tags.entry_logic", &entry_logic),
            ("tags.exit_logic", &exit_logic),
            ("tags.interval", &interval),
            ("tags.exit_reason", &exit_reason),
        ] {
            if tag
                .as_ref()
                .is_some_and(|tag| tag.is_empty() || tag.len() > LONGEST || tag.contains('\0'))
            {
                return Err(wrong(name, "is empty or longer than 100 bytes"));
            }
        }
        Ok(Tags { strategy, entry_logic, exit_logic, interval, exit_reason })
    }
}

/// A problem with a field of a body.
pub(super) fn wrong(field: &'static str, why: &str) -> Problem {
    Problem::new(Code::InvalidBody, format!("{field} {why}")).about(field)
}

/// A decimal number, exactly.
pub(super) fn decimal(field: &'static str, text: &str) -> Result<Decimal, Problem> {
    parse_decimal(text).map_err(|error| wrong(field, &error.to_string()))
}

/// An amount, exactly.
pub(super) fn amount(field: &'static str, text: &str) -> Result<Amount, Problem> {
    text.parse().map_err(|error: domain::NumberError| wrong(field, &error.to_string()))
}

/// A time.
pub(super) fn time(field: &'static str, text: &str) -> Result<Time, Problem> {
    text.parse().map_err(|error: domain::TimeError| wrong(field, &error.to_string()))
}

/// One of the names that a type has in JSON.
pub(super) fn named<T: DeserializeOwned>(field: &'static str, text: &str) -> Result<T, Problem> {
    serde_json::from_value(Value::String(text.to_owned()))
        .map_err(|error| wrong(field, &format!("is wrong: {error}")))
}
