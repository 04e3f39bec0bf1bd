//! Writing down what became of each row.

use adapters::ledger::freqtrade::{BotFile, FileTrade, Notes, Plan};
use domain::ledger::Trade;
use domain::{Amount, Time};

use super::Target;
use super::reconcile;
use super::report::{Counts, ImportReport, Outcome, RowReport, TradeReport};
use super::write::Told;

/// A report of a file of which nothing is taken yet.
pub(super) fn begin(
    name: &str,
    file: &BotFile,
    target: &Target,
    dry_run: bool,
    now: Time,
) -> ImportReport {
    let mut report = ImportReport {
        id: None,
        file: name.chars().take(255).collect(),
        source: file.source.as_str(),
        digest: hex(&file.digest),
        account: target.account,
        bot: target.bot,
        dry_run,
        began_at: now,
        ended_at: now,
        reconciled: file.skipped.is_empty(),
        tables: ["trades", "orders"].map(|table| (table.to_owned(), Counts::default())).into(),
        totals: Default::default(),
        trades: vec![],
        rows: vec![],
    };
    for other in &file.others {
        let (rows, reason) = (other.rows, Some(other.reason));
        let counts = Counts { rows, skipped: rows, reason, ..Counts::default() };
        report.tables.insert(other.table.clone(), counts);
    }
    for skipped in &file.skipped {
        report.row(RowReport {
            table: skipped.table,
            row: skipped.row.clone(),
            outcome: Outcome::Skipped,
            orders: vec![],
            reason: Some(skipped.reason.clone()),
        });
    }
    report
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Notes that a trade is not taken, and none of its orders.
pub(super) fn refuse(report: &mut ImportReport, trade: &FileTrade, reason: &str) {
    report.reconciled = false;
    let row = |table, row: &str, reason: String| RowReport {
        table,
        row: row.to_owned(),
        outcome: Outcome::Skipped,
        orders: vec![],
        reason: Some(reason),
    };
    report.row(row("trades", &trade.id, reason.to_owned()));
    for order in trade.orders.iter().filter(|_| !trade.orders_made) {
        let reason = format!("its trade {} is not taken: {reason}", trade.id);
        report.row(row("orders", &order.id, reason));
    }
}

/// Notes what became of a trade and its orders; `net` is the profit of its round trip in the tables.
pub(super) fn note(
    report: &mut ImportReport,
    trade: &FileTrade,
    plan: &Plan,
    told: &Told,
    net: Option<Amount>,
) {
    let (is_new, differs) = note_orders(report, trade, plan, told);
    let mut notes = notes(trade, &plan.notes);
    notes.extend(told.differs.iter().cloned());
    let alone = reconcile::alone(told, plan);
    let figures = alone.as_ref().and_then(|(alone, _)| reconcile::figures(trade, plan, alone));
    let mut whole = !differs && told.differs.is_empty();
    if let Some((position, through)) = &alone {
        let mut broken = Vec::new();
        if *through {
            broken.push("its fills go through zero: more was closed than opened".to_owned());
        }
        if position.is_open() && !trade.is_open {
            broken.push(format!("{} of it are still open here", position.quantity));
        }
        let id = position.id;
        match net {
            Some(net) if figures.as_ref().is_some_and(|figures| figures.profit_here == net) => {}
            Some(net) => broken.push(format!(
                "round trip {id} has a profit of {net}: other orders are a part of it"
            )),
            None => broken.push("it is a part of the round trip of other orders".to_owned()),
        }
        whole &= broken.is_empty();
        notes.extend(broken);
    }
    let causes = figures.as_ref().map_or(&[][..], |figures| &figures.causes);
    let trip = alone.as_ref().and_then(|(alone, _)| Trade::of(alone));
    report.trade(
        TradeReport {
            row: trade.id.clone(),
            pair: trade.pair.clone(),
            outcome: outcome(!whole || !causes.is_empty(), is_new || told.funding_is_new),
            is_open: trade.is_open,
            position: alone.as_ref().map(|(alone, _)| alone.id),
            reconciled: whole && causes.iter().all(|cause| cause.cause.is_some()),
            other_fees: trip.map(|trip| trip.other_fees).unwrap_or_default(),
            figures,
            notes,
        },
        &trade.quote,
    );
}

/// Notes the orders of a trade; whether something of them is new, and whether something differs.
fn note_orders(
    report: &mut ImportReport,
    trade: &FileTrade,
    plan: &Plan,
    told: &Told,
) -> (bool, bool) {
    let (mut any_new, mut any_wrong) = (false, false);
    for order in &trade.orders {
        let parts = plan.orders.iter().zip(&told.orders);
        let parts: Vec<_> = parts.filter(|(planned, _)| planned.row == order.id).collect();
        let wrong: Vec<String> = parts.iter().flat_map(|(_, told)| told.differs.clone()).collect();
        let is_new = parts.iter().any(|(_, told)| told.is_new);
        any_new |= is_new;
        any_wrong |= !wrong.is_empty();
        if trade.orders_made {
            continue;
        }
        let rest = parts.iter().find(|(planned, _)| planned.is_rest).map(|(planned, _)| {
            let size = planned.terms.quantity.unwrap_or_default().normalize();
            format!("{size} of it is not the trade's, and an order of the account without the bot")
        });
        report.row(RowReport {
            table: "orders",
            row: order.id.clone(),
            outcome: outcome(!wrong.is_empty(), is_new),
            orders: parts.iter().map(|(_, told)| told.order.id).collect(),
            reason: if wrong.is_empty() { rest } else { Some(wrong.join("; ")) },
        });
    }
    (any_new, any_wrong)
}

fn outcome(differs: bool, is_new: bool) -> Outcome {
    match (differs, is_new) {
        (true, _) => Outcome::Differs,
        (false, true) => Outcome::Imported,
        (false, false) => Outcome::Known,
    }
}

fn notes(trade: &FileTrade, notes: &Notes) -> Vec<String> {
    let mut said = Vec::new();
    let base = &trade.base;
    if notes.rest.is_negative() {
        said.push(format!("{} {base} more were closed than opened", -notes.rest));
    } else if notes.rest != Amount::ZERO {
        said.push(format!("{} {base} were bought and not sold again", notes.rest));
    }
    for side in &notes.fees_by_rate {
        let told = if *side == "entry" { &trade.entry_fee } else { &trade.exit_fee };
        let (cost, asset) = (told.cost.unwrap_or_default(), told.currency.as_deref().unwrap_or(""));
        said.push(format!(
            "the fee of the {side} is {cost} {asset} in the file, which can't be all of it or true; it is counted in \
             {} by its rate {}",
            trade.quote, told.rate
        ));
    }
    if let Some(funding) = notes.running_funding {
        said.push(format!("funding of {funding} is taken in once the trade is closed"));
    }
    if trade.orders_made {
        said.push("the file has no orders of it; they are made of its rates".to_owned());
    }
    said
}
