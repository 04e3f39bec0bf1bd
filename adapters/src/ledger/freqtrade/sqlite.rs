//! The database of a bot. Its schema changed over the years: columns that came later may be absent, those
//! that a trade can't be told without may not.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::fields::{Cell, Fields};
use super::rows::{self, Found};
use super::unpack::Content;
use super::{BotFile, OtherTable, Source};

/// What every schema has.
const TRADES: &[&str] =
    &["id", "pair", "is_open", "fee_open", "fee_close", "open_rate", "amount", "open_date"];
const ORDERS: &[&str] =
    &["id", "ft_trade_id", "order_id", "status", "side", "price", "amount", "filled"];

/// Reads all of it; an error in words that follow its path.
pub(super) fn read(path: &Path, content: Content) -> Result<BotFile, String> {
    let Content::Database { bytes, packed } = content else { return Err("is no database".into()) };
    let digest = blake3::hash(&bytes).into();
    let database = open(path, bytes, packed).map_err(told)?;
    let tables = tables(&database).map_err(told)?;
    if !tables.iter().any(|(name, _)| name == "trades") {
        return Err("has no table `trades`; it is not the database of a freqtrade bot".to_owned());
    }
    let trades = fields(&database, "trades", TRADES)?;
    let has_orders = tables.iter().any(|(name, _)| name == "orders");
    let orders = if has_orders { fields(&database, "orders", ORDERS)? } else { vec![] };
    let Found { trades, skipped } = taken(trades, orders);
    let other = |(name, count): &(String, u64)| OtherTable {
        table: name.clone(),
        rows: *count,
        reason: reason(name),
    };
    let others = tables.iter().filter(|(name, _)| name != "trades" && name != "orders").map(other);
    Ok(BotFile { source: Source::Database, digest, trades, skipped, others: others.collect() })
}

/// Read only, and with what a running bot has not yet written into the file itself.
fn open(path: &Path, mut bytes: Vec<u8>, packed: bool) -> rusqlite::Result<Connection> {
    if !packed {
        return Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    }
    // 2 stands for a log beside the file, which a database in memory can't have; 1 for none.
    if let Some(versions) = bytes.get_mut(18..20) {
        versions.fill(1);
    }
    let mut database = Connection::open_in_memory()?;
    database.deserialize_read_exact(MAIN_DB, bytes.as_slice(), bytes.len(), true)?;
    Ok(database)
}

fn told(error: rusqlite::Error) -> String {
    format!("is not a readable database: {error}")
}

/// Every table and how many rows it has.
fn tables(database: &Connection) -> rusqlite::Result<Vec<(String, u64)>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
               ORDER BY name";
    let mut statement = database.prepare(sql)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let count = |name: rusqlite::Result<String>| {
        let name = name?;
        let sql = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
        let rows: i64 = database.query_row(&sql, [], |row| row.get(0))?;
        Ok((name, rows.unsigned_abs()))
    };
    names.map(count).collect()
}

/// Every row of a table, which must have these columns.
fn fields(
    database: &Connection,
    table: &'static str,
    needed: &[&str],
) -> Result<Vec<Fields>, String> {
    let failed = |error| format!("table {table}: {error}");
    let mut statement = database.prepare(&format!("SELECT * FROM {table}")).map_err(failed)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    if let Some(missing) = needed.iter().find(|column| !names.iter().any(|name| name == *column)) {
        return Err(format!("table {table} has no column `{missing}`"));
    }
    let mut found = Vec::new();
    let mut rows = statement.query([]).map_err(failed)?;
    loop {
        let number = found.len() + 1;
        let damaged = |error| format!("table {table}, after {} rows: {error}", number - 1);
        let Some(row) = rows.next().map_err(damaged)? else { return Ok(found) };
        let mut cells = BTreeMap::new();
        for (at, name) in names.iter().enumerate() {
            cells.insert(name.clone(), cell(row.get_ref(at).map_err(damaged)?));
        }
        let row = match cells.get("id") {
            Some(Cell::Number(id)) => id.clone(),
            // A primary key; where it is none, its place will do.
            _ => format!("({number}.)"),
        };
        found.push(Fields { table, row, cells });
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(whole) => Cell::Number(whole.to_string()),
        ValueRef::Real(double) => Cell::Number(format!("{double:e}")),
        ValueRef::Text(bytes) => String::from_utf8(bytes.to_vec()).map_or(Cell::Bytes, Cell::Text),
        ValueRef::Blob(_) => Cell::Bytes,
    }
}

/// Trades with their orders, and the rows that can't be taken.
fn taken(trades: Vec<Fields>, orders: Vec<Fields>) -> Found {
    let mut of_trade: BTreeMap<String, Vec<Fields>> = BTreeMap::new();
    for order in orders {
        let trade = match order.cells.get("ft_trade_id") {
            Some(Cell::Number(id)) => id.clone(),
            _ => String::new(),
        };
        of_trade.entry(trade).or_default().push(order);
    }
    let mut found = Found::default();
    for trade in trades {
        let orders = of_trade.remove(&trade.row).unwrap_or_default();
        match rows::trade(&trade, &orders) {
            Ok(trade) => found.trades.push(trade),
            Err(fault) => found.refuse(&fault, &trade, &orders),
        }
    }
    for order in of_trade.into_values().flatten() {
        found.skip("orders", order.row, "belongs to no trade of the file".to_owned());
    }
    found
}

fn reason(table: &str) -> &'static str {
    match table {
        "pairlocks" => "holds pairs that were not to be traded for a time, no trading",
        "KeyValueStore" => "holds when the bot was started, no trading",
        "trade_custom_data" => "holds notes of the strategy, no trading",
        _ if table.contains("_bak") => {
            "is the copy that freqtrade made before it changed its schema; the rows that count are in the table of the \
             present schema"
        }
        _ => "is not a table in which freqtrade keeps trading",
    }
}
