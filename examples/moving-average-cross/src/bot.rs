//! The bot at work: follows the candles, places what is decided, and tells that it is there. What it holds it reads from
//! the ledger, so that a new start goes on where the one before was.

use std::collections::BTreeSet;
use std::time::Duration;

use chandlery_client::{
    Bot, CandleQuery, Client, Code, Decimal, Error, Event, Heartbeat, NewOrder, OrderQuery,
    OrderStatus, PositionQuery, Result, Side, Tags, Topic, TradeQuery, Uuid,
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::cross::{Cross, Settings};

/// Before it begins again after an error.
const PAUSE: Duration = Duration::from_secs(3);
/// How long it waits for an order to end before it looks at the market again.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(200);
/// Names of orders that are remembered; older ones are of candles that are gone.
const REMEMBERED: usize = 16;

struct Trader<'a> {
    client: &'a Client,
    bot: Bot,
    settings: Settings,
    /// The asset in which it counts.
    quote: String,
    cross: Cross,
    held: Decimal,
    asked: BTreeSet<String>,
}

/// Trades until `stop`. What fails is told as a heartbeat with an error, and it begins again.
pub async fn run(client: &Client, bot: Uuid, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = trade(client, bot) => ended,
        };
        if let Err(error) = ended {
            tracing::warn!(%bot, %error, "the bot begins again");
            let message = error.to_string().chars().take(1_000).collect();
            let told = Heartbeat { error: Some(message), ..Heartbeat::default() };
            if let Err(error) = client.heartbeat(bot, &told).await {
                tracing::debug!(%error, "that could not be told");
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(PAUSE) => {}
        }
    }
}

/// Trades until something fails.
async fn trade(client: &Client, id: Uuid) -> Result<()> {
    let bot = client.bot(id).await?;
    let settings: Settings = serde_json::from_value(bot.config.clone())
        .map_err(|error| Error::Settings(format!("the bot's configuration: {error}")))?;
    let quote = client.symbol(&settings.symbol).await?.quote.unwrap_or_default();
    let seconds = u64::try_from(bot.silent_after_s).unwrap_or(60);
    let mut beat = interval(Duration::from_secs(seconds.max(3) / 3));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let topic = Topic::candles(&settings.symbol, settings.interval);
    let mut stream = client.stream([topic]).await?;
    let cross = Cross::new(settings.clone());
    let held = Decimal::ZERO;
    let asked = BTreeSet::new();
    let mut trader = Trader { client, bot, settings, quote, cross, held, asked };
    trader.catch_up().await?;
    loop {
        tokio::select! {
            _ = beat.tick() => trader.tell().await?,
            event = stream.next() => match event? {
                Event::Candle { candle, .. } => {
                    trader.cross.take(&candle);
                    trader.act().await?;
                }
                Event::Lagged { .. } | Event::Reconnected => trader.catch_up().await?,
                _ => {}
            },
        }
    }
}

impl Trader<'_> {
    /// Reads the newest candles, and what the bot holds.
    async fn catch_up(&mut self) -> Result<()> {
        let newest = u32::try_from(self.settings.slow + 1).unwrap_or(u32::MAX);
        let query = CandleQuery::new(&self.settings.symbol, self.settings.interval);
        let candles = self.client.candles(&CandleQuery { limit: Some(newest), ..query }).await?;
        candles.into_iter().for_each(|candle| self.cross.take(&candle));
        self.held = self.held().await?;
        Ok(())
    }

    /// Places the order that is wanted, where the bot may trade and waits for no other one.
    async fn act(&mut self) -> Result<()> {
        let wish = self.cross.wish(self.held > Decimal::ZERO);
        let Some(wish) = wish.filter(|wish| !self.asked.contains(&wish.name)) else {
            return Ok(());
        };
        if !self.bot.status.trades() || self.waits().await? {
            return Ok(());
        }
        let quantity = if wish.side == Side::Buy { self.settings.quantity } else { self.held };
        let logic = |of: Side| (wish.side == of).then(|| "cross".to_owned());
        let tags = Tags {
            strategy: Some("moving-average-cross".to_owned()),
            entry_logic: logic(Side::Buy),
            exit_logic: logic(Side::Sell),
            interval: Some(self.settings.interval.to_string()),
            exit_reason: logic(Side::Sell),
        };
        let order = NewOrder {
            bot: Some(self.bot.id),
            client_order_id: Some(wish.name.clone()),
            tags,
            ..NewOrder::market(self.bot.account, &self.settings.symbol, wish.side, quantity)
        };
        if self.asked.len() >= REMEMBERED {
            self.asked.pop_first();
        }
        self.asked.insert(wish.name);
        match self.client.place(&order).await {
            Ok(placed) => self.wait_for(placed.id).await?,
            // Asked before the start, of another quantity.
            Err(error) if error.is(&Code::KEY_REUSED) => {}
            Err(error) => return Err(error),
        }
        self.held = self.held().await?;
        Ok(())
    }

    /// Whether an order of the bot is under way.
    async fn waits(&self) -> Result<bool> {
        use OrderStatus::{CancelRequested, New, Open, PartiallyFilled, Submitted};
        let query = OrderQuery {
            bot: Some(self.bot.id),
            status: vec![New, Submitted, Open, PartiallyFilled, CancelRequested],
            limit: Some(1),
            ..OrderQuery::default()
        };
        Ok(!self.client.orders(&query).await?.items.is_empty())
    }

    async fn wait_for(&self, order: Uuid) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let order = self.client.order(order).await?;
            if order.status.is_over() {
                tracing::info!(bot = %self.bot.id, side = %order.side, status = %order.status, filled = %order.filled, "an order");
                break;
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    async fn held(&self) -> Result<Decimal> {
        let TradeQuery { bot, symbol, limit, .. } = self.own();
        let status = Some("open".to_owned());
        let open = PositionQuery { bot, symbol, status, limit, ..PositionQuery::default() };
        let positions = self.client.positions(&open).await?;
        let long = positions.into_iter().filter(|position| position.direction == "long");
        Ok(long.map(|position| position.quantity).sum())
    }

    /// Tells that the bot is there, and hears whether it may trade.
    async fn tell(&mut self) -> Result<()> {
        let balances = self.client.balances(self.bot.account).await?;
        let balance = balances.into_iter().find(|balance| balance.asset == self.quote);
        let closed = TradeQuery { status: Some("closed".to_owned()), ..self.own() };
        let trips = self.client.trade_pages(&closed).all().await?;
        let told = Heartbeat {
            message: Some(format!("holds {} of {}", self.held.normalize(), self.settings.symbol)),
            balance: balance.map(|balance| balance.cash + balance.held),
            total_pnl: Some(trips.iter().map(|trip| trip.net_pnl).sum()),
            error: None,
        };
        self.bot = self.client.heartbeat(self.bot.id, &told).await?;
        Ok(())
    }

    fn own(&self) -> TradeQuery {
        let symbol = Some(self.settings.symbol.clone());
        TradeQuery { bot: Some(self.bot.id), symbol, limit: Some(1_000), ..TradeQuery::default() }
    }
}
