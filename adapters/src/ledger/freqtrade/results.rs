//! The result file of back-tests: JSON with the trades of one strategy or several.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::fields::{Cell, Fields};
use super::rows::{self, Found};
use super::{BotFile, OtherTable, Source};

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    strategy: BTreeMap<String, Strategy<'a>>,
}

#[derive(Deserialize)]
struct Strategy<'a> {
    #[serde(borrow)]
    trades: Vec<BTreeMap<Cow<'a, str>, &'a RawValue>>,
    #[serde(borrow, default)]
    locks: Vec<&'a RawValue>,
    timeframe: Option<String>,
}

/// Reads all of it; an error in words that follow its path.
pub(super) fn read(text: &str) -> Result<BotFile, String> {
    let results: Results<'_> = serde_json::from_str(text)
        .map_err(|error| format!("is not a result file of freqtrade: {error}"))?;
    let (mut found, mut locks) = (Found::default(), 0);
    for (number, (name, strategy)) in results.strategy.iter().enumerate() {
        locks += strategy.locks.len() as u64;
        for (at, told) in strategy.trades.iter().enumerate() {
            let row = format!("{name} {}", at + 1);
            let mut trade = Fields { table: "trades", row: row.clone(), cells: cells(told) };
            let mut also = |column: &str, text: &str| {
                trade.cells.entry(column.to_owned()).or_insert_with(|| Cell::Text(text.to_owned()));
            };
            also("id", &format!("{}-{}", number + 1, at + 1));
            also("strategy", name);
            if let Some(timeframe) = &strategy.timeframe {
                also("timeframe", timeframe);
            }
            let orders = match told.get("orders").map(|orders| orders.get()) {
                None | Some("null") => Ok(vec![]),
                Some(text) => orders(text, &row),
            };
            match orders {
                Ok(orders) => match rows::trade(&trade, &orders) {
                    Ok(trade) => found.trades.push(trade),
                    Err(fault) => found.refuse(&fault, &trade, &orders),
                },
                Err(reason) => found.refuse(&trade.fault("orders", reason), &trade, &[]),
            }
        }
    }
    let Found { trades, skipped } = found;
    let locks = OtherTable {
        table: "locks".into(),
        rows: locks,
        reason: "holds pairs that were not to be traded for a time, no trading",
    };
    let others = if locks.rows > 0 { vec![locks] } else { vec![] };
    let digest = blake3::hash(text.as_bytes()).into();
    Ok(BotFile { source: Source::Results, digest, trades, skipped, others })
}

/// The orders of a trade, named by their place. Orders that were not filled are not in such a file.
fn orders(text: &str, trade: &str) -> Result<Vec<Fields>, String> {
    let orders: Vec<BTreeMap<Cow<'_, str>, &RawValue>> =
        serde_json::from_str(text).map_err(|error| format!("are not a list of orders: {error}"))?;
    let named = |(at, told): (usize, &BTreeMap<Cow<'_, str>, &RawValue>)| {
        let mut cells = cells(told);
        cells.insert("id".into(), Cell::Number((at + 1).to_string()));
        if let Some(amount) = cells.get("amount").cloned() {
            cells.entry("filled".into()).or_insert(amount);
        }
        cells.entry("status".into()).or_insert_with(|| Cell::Text("closed".into()));
        Fields { table: "orders", row: format!("{trade}.{}", at + 1), cells }
    };
    Ok(orders.iter().enumerate().map(named).collect())
}

fn cells(told: &BTreeMap<Cow<'_, str>, &RawValue>) -> BTreeMap<String, Cell> {
    told.iter().map(|(name, value)| (name.clone().into_owned(), cell(value.get()))).collect()
}

fn cell(text: &str) -> Cell {
    match text.as_bytes() {
        b"null" => Cell::Null,
        b"true" => Cell::Truth(true),
        b"false" => Cell::Truth(false),
        [b'"', ..] => serde_json::from_str(text).map_or(Cell::Bytes, Cell::Text),
        // A list or an object is looked at by whoever needs it.
        [b'[' | b'{', ..] => Cell::Null,
        _ => Cell::Number(text.to_owned()),
    }
}
