//! Rows become trades and orders. The names of columns are those of every version: `sell_reason` is what
//! `exit_reason` was before.

use domain::ledger::{OrderKind, Side};
use domain::{Amount, Decimal, Time};

use super::fields::{Fault, Fields, decimal};
use super::{End, FeeTold, FileOrder, FileTrade, SkippedRow};

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) trades: Vec<FileTrade>,
    pub(super) skipped: Vec<SkippedRow>,
}

impl Found {
    pub(super) fn skip(&mut self, table: &'static str, row: String, reason: String) {
        self.skipped.push(SkippedRow { table, row, reason });
    }

    /// A trade is taken whole or not at all.
    pub(super) fn refuse(&mut self, fault: &Fault, trade: &Fields, orders: &[Fields]) {
        self.skip("trades", trade.row.clone(), fault.to_string());
        for order in orders {
            let reason = format!("its trade is not taken: {fault}");
            self.skip("orders", order.row.clone(), reason);
        }
    }
}

/// A trade and its orders.
pub(super) fn trade(told: &Fields, orders: &[Fields]) -> Result<FileTrade, Fault> {
    let needed = |column| told.fault(column, "is missing");
    let pair = told.text("pair")?.ok_or_else(|| needed("pair"))?;
    let (symbol, settled) = pair.split_once(':').unwrap_or((&pair, ""));
    let (base, quote) = symbol
        .split_once('/')
        .filter(|(base, quote)| !base.is_empty() && !quote.is_empty())
        .ok_or_else(|| told.fault("pair", "is not a pair such as BTC/USDT"))?;
    let margin = !settled.is_empty();
    if margin && settled != quote {
        return Err(told.fault(
            "pair",
            "is settled in another asset than its quote; such contracts are not kept",
        ));
    }
    let entry_fee = fee(told, "open")?;
    let exit_fee = fee(told, "close")?;
    let mut trade = FileTrade {
        id: told.text("id")?.ok_or_else(|| needed("id"))?,
        venue: told.text("exchange")?.map(|name| name.to_ascii_lowercase()),
        base: base.to_owned(),
        quote: quote.to_owned(),
        margin,
        is_short: told.truth("is_short")?.unwrap_or(false),
        is_open: told.truth("is_open")?.ok_or_else(|| needed("is_open"))?,
        leverage: told.above_zero("leverage")?.filter(|_| margin).unwrap_or(Decimal::ONE),
        amount: told.needed_amount("amount")?,
        open_rate: told.needed_amount("open_rate")?,
        close_rate: told.amount("close_rate")?,
        entry_fee,
        exit_fee,
        funding: told.amount("funding_fees")?,
        profit: first(told, &["close_profit_abs", "profit_abs"])?,
        profit_ratio: first(told, &["close_profit", "profit_ratio"])?,
        opened_at: time(told, &["open_date", "open_timestamp"])?
            .ok_or_else(|| needed("open_date"))?,
        closed_at: time(told, &["close_date", "close_timestamp"])?,
        strategy: told.text("strategy")?,
        entry_tag: either(told, "enter_tag", "buy_tag")?,
        exit_reason: either(told, "exit_reason", "sell_reason")?,
        interval: told.text("timeframe")?.map(|told| interval(&told)),
        orders: vec![],
        orders_made: orders.is_empty(),
        pair,
    };
    trade.orders = match orders {
        [] => made(told, &trade)?,
        orders => orders.iter().map(|told| order(told, &trade)).collect::<Result<_, _>>()?,
    };
    price_by_rates(told, &mut trade)?;
    // An order that was not filled stands where it was sent.
    trade.orders.sort_by_key(|order| (order.filled_at.or(order.placed_at), !order.is_entry));
    Ok(trade)
}

fn first(told: &Fields, columns: &[&str]) -> Result<Option<Amount>, Fault> {
    let mut found = None;
    for column in columns {
        found = found.or(told.amount(column)?);
    }
    Ok(found)
}

fn either(told: &Fields, column: &str, before: &str) -> Result<Option<String>, Fault> {
    Ok(told.text(column)?.or(told.text(before)?))
}

fn time(told: &Fields, columns: &[&str]) -> Result<Option<Time>, Fault> {
    for column in columns {
        if let Some(time) = told.time(column)? {
            return Ok(Some(time));
        }
    }
    Ok(None)
}

fn fee(told: &Fields, of: &str) -> Result<FeeTold, Fault> {
    Ok(FeeTold {
        rate: told.decimal(&format!("fee_{of}"))?.unwrap_or_default(),
        cost: told.amount(&format!("fee_{of}_cost"))?,
        currency: told.text(&format!("fee_{of}_currency"))?,
    })
}

/// Databases have minutes, result files the name.
fn interval(told: &str) -> String {
    match told.parse::<u64>() {
        Ok(minutes) if minutes % 10_080 == 0 => format!("{}w", minutes / 10_080),
        Ok(minutes) if minutes % 1_440 == 0 => format!("{}d", minutes / 1_440),
        Ok(minutes) if minutes % 60 == 0 => format!("{}h", minutes / 60),
        Ok(minutes) => format!("{minutes}m"),
        Err(_) => told.to_owned(),
    }
}

fn order(told: &Fields, trade: &FileTrade) -> Result<FileOrder, Fault> {
    let column = if told.text("side")?.is_some() { "side" } else { "ft_order_side" };
    let side = match told.text(column)?.as_deref() {
        Some("buy") => Side::Buy,
        Some("sell") => Side::Sell,
        _ => return Err(told.fault(column, "is neither buy nor sell")),
    };
    let is_entry = match told.truth("ft_is_entry")? {
        Some(is_entry) => is_entry,
        None => (side == Side::Sell) == trade.is_short,
    };
    let filled = told.above_zero("filled")?.unwrap_or_default();
    let wanted = match told.above_zero("amount")? {
        Some(amount) => Some(amount),
        None => told.above_zero("ft_amount")?,
    };
    let missing = || told.fault("amount", "is missing");
    let quantity = wanted.unwrap_or(filled).max(filled);
    if quantity <= Decimal::ZERO {
        return Err(missing());
    }
    let limit_price = told.above_zero("price")?;
    let stop_price = told.above_zero("stop_price")?;
    let told_kind = told.text("order_type")?;
    let kind = kind(told_kind.as_deref(), limit_price.is_some(), stop_price.is_some());
    let mut price = told.above_zero("average")?;
    if price.is_none() {
        price = told.above_zero("safe_price")?;
    }
    Ok(FileOrder {
        id: told.text("id")?.ok_or_else(|| told.fault("id", "is missing"))?,
        is_entry,
        side,
        kind,
        told_kind,
        quantity,
        limit_price: limit_price.filter(|_| kind.has_limit()),
        stop_price: stop_price.filter(|_| kind.has_stop()),
        filled,
        price,
        told_price: limit_price,
        end: end(told, filled == quantity)?,
        venue_order_id: told.text("order_id")?,
        placed_at: told.time("order_date")?,
        filled_at: match filled > Decimal::ZERO {
            true => {
                time(told, &["order_filled_date", "order_filled_timestamp", "order_update_date"])?
            }
            false => None,
        },
        funding: told.amount("funding_fee")?,
    })
}

/// As much of a kind as its prices allow: old schemas keep no stop price.
fn kind(told: Option<&str>, limit: bool, stop: bool) -> OrderKind {
    let told = told.unwrap_or_default().to_ascii_lowercase();
    match (told.contains("stop"), told.contains("limit"), limit, stop) {
        (true, true, true, true) => OrderKind::StopLimit,
        (true, false, _, true) => OrderKind::Stop,
        (_, true, true, _) => OrderKind::Limit,
        _ => OrderKind::Market,
    }
}

fn end(told: &Fields, is_filled: bool) -> Result<End, Fault> {
    let why = told.text("ft_cancel_reason")?;
    let status = told.text("status")?.unwrap_or_default().to_ascii_lowercase();
    let waits = told.truth("ft_is_open")?.unwrap_or(false);
    Ok(match status.as_str() {
        _ if is_filled => End::Filled,
        "canceled" | "cancelled" => End::Cancelled(why.unwrap_or_else(|| "cancelled".to_owned())),
        "expired" => End::Expired,
        "rejected" => End::Rejected(why.unwrap_or_else(|| "rejected".to_owned())),
        "open" => End::Open,
        "closed" => End::Cancelled("closed by the venue with a part of it filled".to_owned()),
        _ if waits => End::Open,
        other => End::Cancelled(why.unwrap_or_else(|| format!("no longer open, status `{other}`"))),
    })
}

/// The orders of a trade that has none in its file, by its rates.
fn made(told: &Fields, trade: &FileTrade) -> Result<Vec<FileOrder>, Fault> {
    let held = |column, number| decimal(number).map_err(|reason| told.fault(column, reason));
    let quantity = held("amount", trade.amount)?;
    if quantity <= Decimal::ZERO {
        return Err(told.fault("amount", "is not above 0"));
    }
    let order = |id: &str, is_entry: bool, price, at| FileOrder {
        id: id.to_owned(),
        is_entry,
        side: if is_entry == trade.is_short { Side::Sell } else { Side::Buy },
        kind: OrderKind::Market,
        told_kind: None,
        quantity,
        limit_price: None,
        stop_price: None,
        filled: quantity,
        price: Some(price),
        told_price: None,
        end: End::Filled,
        venue_order_id: None,
        placed_at: at,
        filled_at: at,
        funding: None,
    };
    let mut orders =
        vec![order("entry", true, held("open_rate", trade.open_rate)?, Some(trade.opened_at))];
    if !trade.is_open {
        let rate = trade.close_rate.ok_or_else(|| told.fault("close_rate", "is missing"))?;
        orders.push(order("exit", false, held("close_rate", rate)?, trade.closed_at));
    }
    Ok(orders)
}

/// What an order was filled at: its average; before freqtrade kept that, the rate of the trade where the order is the
/// only one, and else the price that was asked. And when: with the trade, where the order doesn't say.
fn price_by_rates(told: &Fields, trade: &mut FileTrade) -> Result<(), Fault> {
    let rate = |column| told.above_zero(column);
    for is_entry in [true, false] {
        let column = if is_entry { "open_rate" } else { "close_rate" };
        let time = if is_entry { Some(trade.opened_at) } else { trade.closed_at };
        let mut filled: Vec<&mut FileOrder> = trade.orders.iter_mut().collect();
        filled.retain(|order| order.is_entry == is_entry && order.filled > Decimal::ZERO);
        let alone = filled.len() == 1;
        for order in filled {
            if order.price.is_none() {
                order.price = rate(column)?.filter(|_| alone).or(order.told_price);
            }
            order.filled_at = order.filled_at.or(time).or(order.placed_at);
            if order.price.is_none() {
                return Err(
                    told.fault(column, format!("is missing, and order {} has no price", order.id))
                );
            }
            if order.filled_at.is_none() {
                return Err(told.fault(
                    "close_date",
                    format!("is missing, and order {} has no time", order.id),
                ));
            }
        }
    }
    Ok(())
}
