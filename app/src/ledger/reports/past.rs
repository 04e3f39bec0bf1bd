//! Orders, positions, round trips and balances as they were recorded at a time.

use std::collections::HashMap;

use domain::Time;
use domain::ledger::{Order, OrderEvent, Position, Trade};
use store::ledger::books::Balance;
use store::ledger::details::Details;
use store::ledger::events::StoredEvent;
use store::ledger::orders::{self, OrderQuery, OrderRow};
use store::ledger::past;
use store::ledger::trips::{PositionRow, TradeRow, TripQuery};
use uuid::Uuid;

use super::{LedgerError, Reports, too_much};

/// Orders that are looked at for one page at the most.
const MOST_ORDERS: i64 = 20_000;

impl Reports {
    /// What somebody's account had at a time, by asset.
    ///
    /// # Errors
    /// [`LedgerError::UnknownAccount`]; too far back; the database's.
    pub async fn balances_at(
        &self,
        user: Uuid,
        account: Uuid,
        at: Time,
    ) -> Result<Vec<Balance>, LedgerError> {
        let scope = self.scope(user, Some(account), None).await?;
        let event = self.event_at(at).await?;
        let rows = past::balances(&self.0.db, &scope.accounts, event).await?;
        let balance =
            |row: past::BalanceThen| Balance { asset: row.asset, cash: row.cash, held: row.held };
        Ok(rows.into_iter().map(balance).collect())
    }

    /// Positions as they were at a time, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn positions_at(
        &self,
        query: &TripQuery,
        at: Time,
    ) -> Result<Vec<(PositionRow, Position)>, LedgerError> {
        let event = past::position_at(&self.0.db, at).await?;
        let found = past::positions(&self.0.db, query, event).await?;
        Ok(found.into_iter().map(|position| (position_row(&position), position)).collect())
    }

    /// Round trips as they were at a time, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn trades_at(
        &self,
        query: &TripQuery,
        at: Time,
    ) -> Result<Vec<TradeRow>, LedgerError> {
        let event = past::position_at(&self.0.db, at).await?;
        let found = past::positions(&self.0.db, query, event).await?;
        Ok(found.iter().filter_map(Trade::of).map(trade_row).collect())
    }

    /// Orders as they were at a time, the newest first.
    ///
    /// # Errors
    /// Too many orders would have to be looked at; the database's.
    pub async fn orders_at(
        &self,
        query: &OrderQuery,
        at: Time,
    ) -> Result<Vec<OrderRow>, LedgerError> {
        let event = past::position_at(&self.0.db, at).await?;
        let until = at.plus_micros(1);
        let mut page = OrderQuery {
            // What its status was then is known only once its events are put together.
            status: vec![],
            to: Some(query.to.map_or(until, |to| to.min(until))),
            limit: query.limit.max(100),
            // Their events are put together here.
            bare: true,
            ..query.clone()
        };
        let (mut found, mut looked) = (Vec::new(), 0);
        loop {
            let rows = orders::page(&self.0.db, &page).await?;
            let (count, last) = (rows.len() as i64, rows.last().map(|row| (row.placed_at, row.id)));
            for row in self.as_they_were(rows, event).await? {
                if query.status.is_empty() || query.status.contains(&row.status) {
                    found.push(row);
                }
            }
            looked += count;
            if found.len() as i64 >= query.limit || count < page.limit {
                found.truncate(usize::try_from(query.limit).unwrap_or_default());
                return Ok(found);
            }
            if looked > MOST_ORDERS {
                return Err(too_much("orders that are not of this status", MOST_ORDERS));
            }
            page.after = last;
        }
    }

    /// An order as its events had made it; those that were not there are left out.
    async fn as_they_were(
        &self,
        rows: Vec<OrderRow>,
        event: i64,
    ) -> Result<Vec<OrderRow>, LedgerError> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut streams = HashMap::<Uuid, Vec<(StoredEvent, OrderEvent)>>::new();
        for (stored, event) in past::order_events(&self.0.db, &ids, event).await? {
            streams.entry(stored.stream).or_default().push((stored, event));
        }
        let mut then = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(events) = streams.remove(&row.id) else { continue };
            let Some(((first, placed), rest)) = events.split_first() else { continue };
            let mut order = Order::begin(row.id, placed)?;
            for (_, event) in rest {
                order.apply(event)?;
            }
            let last = rest.last().map_or(first, |(stored, _)| stored);
            let details = Some(Details::of(&order));
            then.push(OrderRow {
                venue_order_id: order.venue_order_id,
                status: order.status.as_str().to_owned(),
                quantity: order.terms.quantity,
                limit_price: order.terms.limit_price,
                stop_price: order.terms.stop_price,
                filled: order.filled,
                filled_quote: order.filled_quote,
                details,
                exchange_metadata: order.terms.exchange_metadata.json().get().to_owned(),
                version: last.version,
                updated_at: last.recorded_at,
                ..row
            });
        }
        Ok(then)
    }
}

fn status(open: bool) -> String {
    if open { "open" } else { "closed" }.to_owned()
}

fn position_row(then: &Position) -> PositionRow {
    PositionRow {
        id: then.id,
        account_id: then.key.account,
        bot_id: then.key.bot,
        symbol: then.key.symbol.to_string(),
        mode: then.key.mode.as_str().to_owned(),
        direction: then.direction.as_str().to_owned(),
        status: status(then.is_open()),
        qty_open: then.quantity,
        avg_price: then.average_price(),
        realized_pnl: then.realised,
        opened_at: then.opened_at,
        closed_at: then.closed_at,
    }
}

fn trade_row(trade: Trade) -> TradeRow {
    TradeRow {
        id: trade.position,
        account_id: trade.key.account,
        bot_id: trade.key.bot,
        symbol: trade.key.symbol.to_string(),
        direction: trade.direction.as_str().to_owned(),
        status: status(!trade.is_closed()),
        strategy_name: trade.strategy,
        entry_logic_name: trade.entry_logic,
        exit_logic_name: trade.exit_logic,
        interval: trade.interval,
        exit_reason: trade.exit_reason,
        entry_time: trade.entry_time,
        exit_time: trade.exit_time,
        entry_price: trade.entry_price,
        exit_price: trade.exit_price,
        size: trade.size,
        commission: trade.commission,
        other_fees: serde_json::to_value(trade.other_fees).unwrap_or_default(),
        funding: trade.funding,
        gross_pnl: trade.gross,
        net_pnl: trade.net,
        pnl_ratio: trade.profit_ratio,
    }
}
